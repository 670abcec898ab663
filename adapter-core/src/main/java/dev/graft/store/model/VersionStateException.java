package dev.graft.store.model;

/** A version whose state forbids what was asked, such as loading one that is blocked. */
public final class VersionStateException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public VersionStateException(String message) {
    super(message, null);
  }
}
