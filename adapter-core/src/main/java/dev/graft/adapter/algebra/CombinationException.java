package dev.graft.adapter.algebra;

/**
 * Adapters that cannot be combined: of different bases, types or shapes, or of ranks that the
 * method does not take. The message names the adapters and says what can be done.
 */
public final class CombinationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  CombinationException(String message) {
    super(message);
  }
}
