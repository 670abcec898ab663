package dev.graft.generate;

/** A request for more tokens than the model's context or the engine's cache takes. */
public final class ContextOverflowException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  ContextOverflowException(String message) {
    super(message);
  }
}
