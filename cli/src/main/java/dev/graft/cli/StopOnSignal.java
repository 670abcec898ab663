package dev.graft.cli;

import dev.graft.train.StopSignal;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Asks a training run to stop when the process gets SIGINT or SIGTERM, and holds the process until
 * the run has written its checkpoint. The Java runtime then exits with 130 or 143 by itself.
 */
final class StopOnSignal implements StopSignal, AutoCloseable {
  /** Longer than any step and checkpoint takes; then the process ends without. */
  private static final long LONGEST_WAIT_SECONDS = 120;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stopAndWait, "graft-stop");
  private volatile boolean requested;

  private StopOnSignal() {}

  static StopOnSignal install() {
    StopOnSignal stop = new StopOnSignal();
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  private void stopAndWait() {
    requested = true;
    try {
      if (!closed.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        requested = true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean requested() {
    return requested;
  }

  /** The run has ended; a later signal ends the process at once. */
  @Override
  public void close() {
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is being stopped this moment.
      }
    }
    closed.countDown();
  }
}
