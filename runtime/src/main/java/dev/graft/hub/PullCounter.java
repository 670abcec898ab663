package dev.graft.hub;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of all downloads of a pull. Safe for several threads. */
final class PullCounter {
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong kept = new AtomicLong();
  private final AtomicLong transferred = new AtomicLong();

  /** An earlier attempt had left so many. */
  void kept(long bytes) {
    kept.addAndGet(bytes);
    done.addAndGet(bytes);
  }

  /** So many came. */
  void transferred(long bytes) {
    transferred.addAndGet(bytes);
    done.addAndGet(bytes);
  }

  /** So many were thrown away. */
  void lost(long bytes) {
    done.addAndGet(-bytes);
  }

  long done() {
    return done.get();
  }

  long keptBytes() {
    return kept.get();
  }

  long transferredBytes() {
    return transferred.get();
  }
}
