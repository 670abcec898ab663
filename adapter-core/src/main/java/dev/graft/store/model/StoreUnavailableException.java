package dev.graft.store.model;

import org.jspecify.annotations.Nullable;

/**
 * The registry cannot be reached or written to right now: a disk that is full or read-only, a
 * database that went away, a lock that another process holds for too long.
 */
public final class StoreUnavailableException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public StoreUnavailableException(String message) {
    super(message, null);
  }

  /** As the other constructor, with the exception that revealed it. */
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
