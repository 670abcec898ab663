package dev.graft.store.model;

import org.jspecify.annotations.Nullable;

/** What lies at the place is no registry, or one of another format than this Graft reads. */
public final class StoreFormatException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public StoreFormatException(String message) {
    super(message, null);
  }

  /** As the other constructor, with the exception that revealed it. */
  public StoreFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
