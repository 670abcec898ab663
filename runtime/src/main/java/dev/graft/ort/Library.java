package dev.graft.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import org.jspecify.annotations.Nullable;

/**
 * The one ONNX Runtime of this process, loaded at first use, and why it could not be when it could
 * not.
 */
final class Library {
  // An error also comes back as an exception, which tells more; logged too it would spoil the
  // caller's stderr.
  static final OrtLoggingLevel LOG_LEVEL = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

  /**
   * On Linux, ONNX Runtime 1.29 recurses over every letter of the process's command line when it
   * starts, about 180 bytes each. A usual stack is over after 6,000 letters, which a class path or
   * a text on the command line easily has, and the process dies; this one takes a million.
   */
  private static final long STACK_BYTES = 256L << 20;

  private static final Library INSTANCE = load();

  private final @Nullable OrtEnvironment environment;
  private final @Nullable Throwable failure;

  private Library(@Nullable OrtEnvironment environment, @Nullable Throwable failure) {
    this.environment = environment;
    this.failure = failure;
  }

  static OrtEnvironment environment() {
    if (INSTANCE.environment == null) {
      throw new OrtFailure(explain(INSTANCE.failure), INSTANCE.failure);
    }
    return INSTANCE.environment;
  }

  private static Library load() {
    Start start = new Start(LOG_LEVEL);
    Thread thread = new Thread(null, start, "graft-ort-start", STACK_BYTES);
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return new Library(start.environment, start.failure);
  }

  /**
   * Starts ONNX Runtime: whatever the natives' own start-up code throws is kept and told at every
   * use. Touches nothing of the class around it, which waits for it while it is initialised.
   */
  private static final class Start implements Runnable {
    private final OrtLoggingLevel level;
    private volatile @Nullable OrtEnvironment environment;
    private volatile @Nullable Throwable failure;

    Start(OrtLoggingLevel level) {
      this.level = level;
    }

    @Override
    public void run() {
      try {
        OrtEnvironment started = OrtEnvironment.getEnvironment(level, "graft");
        started.setTelemetry(false);
        environment = started;
      } catch (LinkageError | OrtException | RuntimeException e) {
        failure = e;
      }
    }
  }

  /** Turn a loader's complaint into its usual cause and remedy. */
  static String explain(@Nullable Throwable failure) {
    StringBuilder all = new StringBuilder();
    for (Throwable t = failure; t != null; t = t.getCause()) {
      all.append(t).append(' ');
    }
    String said = all.toString();
    String remedy;
    if (said.contains("musl") || said.contains("ld-linux") || said.contains("__vsnprintf_chk")) {
      remedy =
          "this system uses musl (Alpine); ONNX Runtime's library needs glibc: use a Debian, Ubuntu or Red Hat based image";
    } else if (said.contains("GLIBC_") || said.contains("GLIBCXX_")) {
      remedy =
          "the system's glibc or libstdc++ is too old: ONNX Runtime needs glibc 2.28 (RHEL 8, Debian 10) or newer";
    } else if (said.contains("libstdc++") || said.contains("libgcc_s")) {
      remedy = "libstdc++ is missing: install it (package libstdc++6 or libstdc++)";
    } else if (said.contains("noexec") || said.contains("failed to map segment")) {
      remedy =
          "the temporary folder is mounted noexec: start java with -Djava.io.tmpdir=DIR of a folder that may execute";
    } else if (said.contains("No space left") || said.contains("Read-only file system")) {
      remedy =
          "the library is unpacked to the temporary folder, which is full or read-only: start java with -Djava.io.tmpdir=DIR";
    } else if (said.contains("Unsupported arch")
        || said.contains("Unsupported os")
        || said.contains("not found in")) {
      remedy =
          "the jar has libraries for Linux, macOS and Windows on x86-64 or arm64 (64-bit JDK) only";
    } else {
      remedy = "run \"graft doctor\" to see what this machine has";
    }
    return "ONNX Runtime's native library cannot be loaded: %s (%s)"
        .formatted(remedy, said.strip());
  }
}
