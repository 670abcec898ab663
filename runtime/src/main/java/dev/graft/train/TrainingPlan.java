package dev.graft.train;

import java.util.List;

/**
 * What a run is going to do.
 *
 * @param totalSteps optimizer steps of the whole run
 * @param stepsPerEpoch optimizer steps of one pass over the data
 * @param batchesPerEpoch batches of one pass; a step has {@code accumulate} of them, the last of a
 *     pass perhaps fewer
 * @param accumulate batches of one step
 * @param rows rows of the training data
 * @param evalRows rows of the evaluation data, 0 without
 * @param truncatedRows rows of both that were cut at the longest length
 * @param labels in the order of the model's outputs
 * @param modules the parts of the adapter: module paths, or the layers of a prefix
 * @param trainableParameters number of trained values
 * @param evalEvery steps between evaluations
 * @param startStep steps that an earlier, interrupted process did; 0 for a new run
 */
public record TrainingPlan(
    int totalSteps,
    int stepsPerEpoch,
    int batchesPerEpoch,
    int accumulate,
    int rows,
    int evalRows,
    int truncatedRows,
    List<String> labels,
    List<String> modules,
    long trainableParameters,
    int evalEvery,
    int startStep) {
  public TrainingPlan {
    labels = List.copyOf(labels);
    modules = List.copyOf(modules);
  }

  /** Whether the run is evaluated after a step. */
  boolean evaluatesAfter(int step) {
    return evalRows > 0 && step > 0 && (step % evalEvery == 0 || step == totalSteps);
  }

  /** The pass over the data that a step belongs to, from 0. */
  int epochOf(int step) {
    return step / stepsPerEpoch;
  }

  /** The first batch of a step within its pass. */
  int firstBatchOf(int step) {
    return step % stepsPerEpoch * accumulate;
  }

  /** The batch after the last one of a step within its pass. */
  int endBatchOf(int step) {
    return (int) Math.min(batchesPerEpoch, (long) firstBatchOf(step) + accumulate);
  }
}
