package dev.graft.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Tries again what a broken connection or a busy server spoilt. Safe for several threads. */
final class Retries {
  /** However much each attempt brings. */
  private static final int MAX_TRIES_IN_ALL = 200;

  private final RetryPolicy policy;
  private final Consumer<String> notes;
  private final AtomicInteger count = new AtomicInteger();

  Retries(RetryPolicy policy, Consumer<String> notes) {
    this.policy = policy;
    this.notes = notes;
  }

  /** One attempt. */
  interface Attempt<T> {
    T run() throws IOException;
  }

  /** How often something was tried again. */
  int count() {
    return count.get();
  }

  /** Runs something that brings all or nothing. */
  <T> T run(String what, Attempt<T> attempt) throws IOException {
    return run(what, () -> 0, attempt);
  }

  /**
   * Runs something that goes on where it stopped: failures only count in a row, without progress
   * between them.
   */
  <T> T run(String what, LongSupplier progress, Attempt<T> attempt) throws IOException {
    int failures = 0;
    for (int tries = 1; ; tries++) {
      long before = progress.getAsLong();
      try {
        return attempt.run();
      } catch (IOException e) {
        if (!isPassing(e)) {
          throw e;
        }
        failures = progress.getAsLong() > before ? 1 : failures + 1;
        if (failures >= policy.tries() || tries >= MAX_TRIES_IN_ALL) {
          throw givenUp(what, tries, e);
        }
        Duration wait = wait(what, failures, e);
        count.incrementAndGet();
        notes.accept("%s: %s; again in %.1f s".formatted(what, text(e), wait.toMillis() / 1000.0));
        sleep(wait);
      }
    }
  }

  private static boolean isPassing(IOException e) {
    if (e instanceof HubException) {
      return e instanceof HubException.Passing;
    }
    return !(e instanceof FileSystemException || e instanceof InterruptedIOException);
  }

  private Duration wait(String what, int failures, IOException e) throws HubException {
    Optional<Duration> asked =
        e instanceof HubException.Passing passing ? passing.retryAfter() : Optional.empty();
    if (asked.isPresent()) {
      if (asked.get().compareTo(policy.longestAsked()) > 0) {
        throw new HubException(
            "%s: %s and asks to wait %d s; try again then"
                .formatted(what, text(e), asked.get().toSeconds()));
      }
      return asked.get();
    }
    long millis = policy.waitAfter(failures).toMillis();
    // Clients that failed together shall not come back together.
    return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
  }

  private static HubException givenUp(String what, int tries, IOException e) {
    return new HubException(
        "%s: %s (%d tries); check network and proxy, and run it again: it goes on where it stopped"
            .formatted(what, text(e), tries),
        e);
  }

  private static String text(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if (message != null && !message.isBlank()) {
        return FileNames.shown(message);
      }
    }
    return "no connection (%s)".formatted(e.getClass().getSimpleName());
  }

  private static void sleep(Duration wait) throws InterruptedIOException {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while waiting");
    }
  }
}
