package dev.graft.store.index;

import java.sql.SQLException;
import java.time.Duration;

/** Waits until the database may have changed. Used by one thread. */
public interface ChangeSignal extends AutoCloseable {
  /**
   * Wait until another connection may have committed something, or the time is over. A change may
   * be missed, so the caller looks for itself from time to time.
   */
  void await(Duration atMost) throws SQLException, InterruptedException;

  @Override
  void close();
}
