package dev.graft.data;

/**
 * The batches of a set by epoch and step, in any order of asking.
 *
 * <p>The rows of a batch depend on plan, epoch and step alone: a resumed run asks for the step it
 * stopped at and gets what the uninterrupted one would have had. Threads may share a batcher.
 */
public final class Batcher {
  private final TokenizedSet set;
  private final BatchPlan plan;
  private final EpochOrder order;

  public Batcher(TokenizedSet set, BatchPlan plan) {
    this.order = new EpochOrder(set.size(), set::length, plan);
    this.set = set;
    this.plan = plan;
  }

  /** Number of batches in an epoch, the last one perhaps smaller. */
  public int stepsPerEpoch() {
    return order.stepsPerEpoch();
  }

  public TokenizedSet set() {
    return set;
  }

  public BatchPlan plan() {
    return plan;
  }

  /**
   * Make one batch.
   *
   * @param epoch from 0
   * @param step from 0, below {@link #stepsPerEpoch()}
   */
  public Batch batch(long epoch, int step) {
    return Batch.of(set, rows(epoch, step), plan.padMultiple());
  }

  /** The set's rows in one batch, in the batch's order. */
  public int[] rows(long epoch, int step) {
    return order.rows(epoch, step);
  }
}
