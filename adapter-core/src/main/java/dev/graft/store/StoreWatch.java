package dev.graft.store;

import dev.graft.store.index.ChangeSignal;
import dev.graft.store.index.Index;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows the audit log, and so every move of an alias, from some line on. Used by one thread.
 *
 * <p>No line is missed and none comes twice: a notification only shortens the wait. Where the
 * database goes away, {@link #next} throws, and the same watch goes on where it was once the
 * database is back.
 */
public final class StoreWatch implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final int MAX_LINES = 1000;

  private final Index index;
  private @Nullable ChangeSignal signal;
  private long sequence;

  StoreWatch(Index index, long sequence) {
    this.index = index;
    this.sequence = sequence;
  }

  /** Number of the last line that was handed out. */
  public long sequence() {
    return sequence;
  }

  /**
   * Wait for lines.
   *
   * @param atMost the longest wait
   * @return the next lines, oldest first; none if the time is over
   */
  public List<AuditLine> next(Duration atMost) throws IOException, InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    ChangeSignal open = signal();
    while (true) {
      List<AuditLine> lines =
          index.lookUp("watch", session -> session.audit().after(sequence, MAX_LINES));
      if (!lines.isEmpty()) {
        sequence = lines.get(lines.size() - 1).sequence();
        return lines;
      }
      long left = end - System.nanoTime();
      if (left <= 0) {
        return List.of();
      }
      await(open, Duration.ofNanos(Math.min(left, LOOK_EVERY.toNanos())));
    }
  }

  /**
   * The signal is opened before the log is read, so what is written in between is not waited for.
   */
  private ChangeSignal signal() throws IOException {
    ChangeSignal open = signal;
    if (open == null) {
      open = index.signal();
      signal = open;
    }
    return open;
  }

  private void await(ChangeSignal open, Duration time) throws StoreException, InterruptedException {
    try {
      open.await(time);
    } catch (SQLException e) {
      close();
      throw index.translate(e);
    }
  }

  @Override
  public void close() {
    ChangeSignal open = signal;
    signal = null;
    if (open != null) {
      open.close();
    }
  }
}
