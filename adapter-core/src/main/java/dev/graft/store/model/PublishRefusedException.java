package dev.graft.store.model;

/** A version that failed a check or a gate on its way into the registry, or to an alias. */
public final class PublishRefusedException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public PublishRefusedException(String message) {
    super(message, null);
  }
}
