package dev.graft.data;

import java.util.Arrays;
import java.util.List;

/**
 * The batches of sequences by epoch and step, in any order of asking.
 *
 * <p>What a batch has depends on plan, epoch and step alone, as with {@link Batcher}. Which
 * sequences are packed together depends on the seed alone: every epoch has the same rows in another
 * order, and so the same number of steps. Threads may share a batcher.
 */
public final class SequenceBatcher {
  private final TokenSequences set;
  private final BatchPlan plan;
  private final List<int[]> rows;
  private final EpochOrder order;

  /**
   * Plan the batches of a set.
   *
   * @param pack whether a row takes as many sequences as fit into the set's maximum length
   */
  public SequenceBatcher(TokenSequences set, BatchPlan plan, boolean pack) {
    this.set = set;
    this.plan = plan;
    this.rows = pack ? Packing.of(set, plan.shuffle(), plan.seed()) : Packing.none(set);
    int[] widths =
        rows.stream().mapToInt(row -> Arrays.stream(row).map(set::length).sum()).toArray();
    this.order = new EpochOrder(rows.size(), row -> widths[row], plan);
  }

  /** Number of batches in an epoch, the last one perhaps smaller. */
  public int stepsPerEpoch() {
    return order.stepsPerEpoch();
  }

  public TokenSequences set() {
    return set;
  }

  public BatchPlan plan() {
    return plan;
  }

  /** Number of rows in an epoch: of sequences, or fewer where they are packed. */
  public int rows() {
    return rows.size();
  }

  /**
   * Make one batch.
   *
   * @param epoch from 0
   * @param step from 0, below {@link #stepsPerEpoch()}
   */
  public SequenceBatch batch(long epoch, int step) {
    List<int[]> chosen = Arrays.stream(order.rows(epoch, step)).mapToObj(rows::get).toList();
    return SequenceBatch.of(set, chosen, plan.padMultiple());
  }
}
