package dev.graft.store.model;

/** A version that no key has signed of those its tenant trusts, where the tenant requires one. */
public final class UntrustedVersionException extends StoreException {
  /** Say which version, what its signatures are worth, and what to do. */
  public UntrustedVersionException(String message) {
    super(message, null);
  }
}
