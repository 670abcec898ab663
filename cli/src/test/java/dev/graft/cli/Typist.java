package dev.graft.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Types into a process when it has said what it was expected to say. */
final class Typist implements AutoCloseable {
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Process process;
  private final OutputStream keys;
  private final StringBuilder said = new StringBuilder();
  private final Thread listener;
  private int heard;

  Typist(ProcessBuilder builder) throws IOException {
    process = builder.redirectErrorStream(true).start();
    keys = process.getOutputStream();
    listener = new Thread(this::listen, "typist");
    listener.start();
  }

  private void listen() {
    byte[] buffer = new byte[4096];
    try (InputStream in = process.getInputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        synchronized (said) {
          said.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
          said.notifyAll();
        }
      }
    } catch (IOException e) {
      synchronized (said) {
        said.append(e);
      }
    }
  }

  /** Waits until the text comes after what was waited for before. */
  void waitFor(String text) throws InterruptedException {
    long end = System.nanoTime() + LONGEST_WAIT_NANOS;
    synchronized (said) {
      while (said.indexOf(text, heard) < 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError("did not say '%s' but: %s".formatted(text, said));
        }
        said.wait(left);
      }
      heard = said.indexOf(text, heard) + text.length();
    }
  }

  void type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  String said() {
    synchronized (said) {
      return said.toString();
    }
  }

  /** Waits for the end and returns the exit code. */
  int end() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("did not end but said: " + said());
    }
    listener.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
