package dev.graft.store;

import dev.graft.store.blob.Bucket;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link StoreWorker} in a process of its own. */
final class Worker implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private Worker(Process process) {
    this.process = process;
    this.output = process.inputReader();
  }

  static Worker start(String job, int seed, StoreLocation location) throws IOException {
    return start(List.of(), job, seed, location);
  }

  /** As the other, behind a command that runs the rest of its arguments. */
  static Worker start(List<String> prefix, String job, int seed, StoreLocation location)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("aws.")) {
        command.add("-D%s=%s".formatted(name, System.getProperty(name)));
      }
    }
    command.addAll(
        List.of(
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            StoreWorker.class.getName(),
            job,
            Integer.toString(seed),
            location.directory().toString(),
            location.database().orElse(""),
            location.bucket().map(Bucket::toString).orElse("")));
    return new Worker(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  void awaitReady() throws IOException {
    String line = output.readLine();
    if (!"ready".equals(line)) {
      throw new IOException("the worker said " + line);
    }
  }

  /** Kill it as {@code kill -9} does, and say what it had printed in whole lines. */
  List<String> kill() throws IOException, InterruptedException {
    // The process itself would also close the pipe its last lines are in.
    if (!process.toHandle().destroyForcibly()) {
      throw new IOException("the worker cannot be killed");
    }
    return rest();
  }

  /** Let it end, and say what it had printed. */
  List<String> finish() throws IOException, InterruptedException {
    if (process.isAlive()) {
      process.getOutputStream().write('\n');
      process.getOutputStream().close();
    }
    return rest();
  }

  /** Wait for it to end by itself, and say what it had printed. */
  List<String> rest() throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
    }
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      throw new IOException("the worker does not end");
    }
    return lines;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
