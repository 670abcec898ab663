package dev.graft.data;

/**
 * How a set is cut into batches.
 *
 * @param batchSize rows a batch; the last one may have fewer
 * @param shuffle whether every epoch has its own random order
 * @param bucketing whether rows of similar length share a batch, which saves padding. Rows are
 *     sorted by length within windows of 50 batches of the (shuffled) order, and with {@code
 *     shuffle} the order of the batches is shuffled again
 * @param seed what the random orders derive from
 * @param padMultiple the padded length is a multiple of this, at most the set's maximum length; 1
 *     for none
 */
public record BatchPlan(
    int batchSize, boolean shuffle, boolean bucketing, long seed, int padMultiple) {
  public BatchPlan {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "batch size is %d, expected 1 or more".formatted(batchSize));
    }
    if (padMultiple < 1) {
      throw new IllegalArgumentException(
          "pad multiple is %d, expected 1 or more".formatted(padMultiple));
    }
  }

  /** File order, padded to the longest row of each batch. */
  public static BatchPlan inOrder(int batchSize) {
    return new BatchPlan(batchSize, false, false, 0, 1);
  }

  /** Shuffled and bucketed by length. */
  public static BatchPlan forTraining(int batchSize, long seed) {
    return new BatchPlan(batchSize, true, true, seed, 1);
  }
}
