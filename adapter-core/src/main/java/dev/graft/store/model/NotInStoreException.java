package dev.graft.store.model;

/** A tenant, adapter, version, alias or tag that is not in the registry. */
public final class NotInStoreException extends StoreException {
  /** Say what was asked, what was found, and what to do. */
  public NotInStoreException(String message) {
    super(message, null);
  }
}
