package dev.graft.export;

/** An adapter that does not belong to a bundle; the message says why. */
public final class IncompatibleAdapterException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public IncompatibleAdapterException(String message) {
    super(message);
  }
}
