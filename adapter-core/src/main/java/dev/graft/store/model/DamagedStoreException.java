package dev.graft.store.model;

import org.jspecify.annotations.Nullable;

/** A blob or an index whose content is not what was once written: missing, cut or changed. */
public final class DamagedStoreException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public DamagedStoreException(String message) {
    super(message, null);
  }

  /** As the other constructor, with the exception that revealed it. */
  public DamagedStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
