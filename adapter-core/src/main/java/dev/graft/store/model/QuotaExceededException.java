package dev.graft.store.model;

/** A version for which its tenant has no room left. */
public final class QuotaExceededException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public QuotaExceededException(String message) {
    super(message, null);
  }
}
