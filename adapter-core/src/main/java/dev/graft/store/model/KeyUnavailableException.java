package dev.graft.store.model;

import org.jspecify.annotations.Nullable;

/**
 * A key that is needed to read or write something is not there: it was destroyed, or the place with
 * the keys was not given, is another one, or cannot be read.
 */
public final class KeyUnavailableException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public KeyUnavailableException(String message) {
    super(message, null);
  }

  /** As the other constructor, with the exception that revealed it. */
  public KeyUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
