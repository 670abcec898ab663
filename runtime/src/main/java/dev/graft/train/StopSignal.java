package dev.graft.train;

/** Asks a training run to end early; it finishes its step and writes a checkpoint. */
@FunctionalInterface
public interface StopSignal {

  /** Whether the run is to end; may be called at any time from the training thread. */
  boolean requested();

  /** A signal that never comes. */
  static StopSignal never() {
    return () -> false;
  }
}
