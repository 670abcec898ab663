package dev.graft.generate;

/**
 * Follows a sequence while it is generated.
 *
 * <p>Called by the engine's thread, one call at a time: be quick, for all sequences wait. What it
 * throws ends its own sequence with that failure.
 */
@FunctionalInterface
public interface GenerationListener {

  /** Does nothing. */
  GenerationListener NONE = text -> {};

  /**
   * Takes the next piece of the answer: whole characters, never empty. The pieces joined are the
   * result's text. What could be the beginning of a stop string is held back until it is clear.
   */
  void onText(String piece);

  /** Called once after the last piece, unless the sequence failed. */
  default void onEnd(GenerationResult result) {}
}
