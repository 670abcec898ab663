package dev.graft.train;

import dev.graft.ort.NativeTensor;
import java.util.List;
import java.util.Map;

/**
 * The rows of one optimizer step, cut into runs of the training graph.
 *
 * @param weight what the summed loss is divided by; 0 where nothing counts
 * @param realTokens tokens that are not padding
 * @param paddedTokens cells of the batches as they were asked for, whatever part of their padding
 *     is computed
 * @param origin where the rows come from, for messages
 */
record StepRows(List<Run> runs, double weight, long realTokens, long paddedTokens, Origin origin) {
  StepRows {
    runs = List.copyOf(runs);
  }

  /** Rows that run together. */
  interface Run {
    /**
     * What the graph is fed for them; what an earlier run was fed must not be used any more.
     *
     * @param lossScale factor of the summed loss
     */
    Map<String, NativeTensor> feeds(double lossScale);

    /** Which tokens they have. */
    RunTokens tokens();
  }

  /** Tells where rows come from. */
  interface Origin {
    /** Such as {@code lines 3, 7 and 12 of "train.jsonl"}. */
    String describe();
  }

  /** The factor that makes a mean of the summed loss. */
  double lossScale() {
    return weight > 0 ? 1 / weight : 0;
  }
}
