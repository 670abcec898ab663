package dev.graft.train;

import java.nio.file.Path;

/**
 * Hears what a run does, on the thread that trains; every method does nothing unless overridden.
 */
public interface TrainingListener {

  /** Before the first step. */
  default void onStart(TrainingPlan plan) {}

  /** After every optimizer step. */
  default void onStep(StepMetrics metrics) {}

  /** After every evaluation. */
  default void onEval(EvalMetrics metrics) {}

  /** After every checkpoint. */
  default void onCheckpoint(Path checkpoint) {}

  /** When the run has ended without an error. */
  default void onEnd(TrainingResult result) {}

  /** A listener that does nothing. */
  static TrainingListener none() {
    return new TrainingListener() {};
  }
}
