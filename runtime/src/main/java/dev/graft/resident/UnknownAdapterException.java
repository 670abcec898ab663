package dev.graft.resident;

/** A request for an adapter that is not loaded. It is never answered by another one. */
public final class UnknownAdapterException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  UnknownAdapterException(String message) {
    super(message);
  }
}
