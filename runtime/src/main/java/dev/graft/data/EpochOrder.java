package dev.graft.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which rows each batch of each epoch has, by a plan and the rows' lengths alone. Threads may share
 * one.
 */
final class EpochOrder {
  /** Wide enough that rows of a batch have nearly one length, narrow enough that epochs differ. */
  private static final int WINDOW_BATCHES = 50;

  private final int size;
  private final IntUnaryOperator length;
  private final BatchPlan plan;
  // The latest epoch's order; computing it again gives the same, so a race costs time only.
  private final AtomicReference<@Nullable Epoch> latest = new AtomicReference<>();

  EpochOrder(int size, IntUnaryOperator length, BatchPlan plan) {
    if (size == 0) {
      throw new IllegalArgumentException("the set is empty, expected at least one row");
    }
    this.size = size;
    this.length = length;
    this.plan = plan;
  }

  /**
   * The rows of each step of one epoch: step s has {@code order[starts[s]] .. order[starts[s + 1] -
   * 1]}.
   */
  private static final class Epoch {
    private final long number;
    private final int[] order;
    private final int[] starts;

    Epoch(long number, int[] order, int[] starts) {
      this.number = number;
      this.order = order;
      this.starts = starts;
    }
  }

  int stepsPerEpoch() {
    return (size - 1) / plan.batchSize() + 1;
  }

  int[] rows(long epoch, int step) {
    if (epoch < 0 || step < 0 || step >= stepsPerEpoch()) {
      throw new IllegalArgumentException(
          "epoch %d, step %d does not exist; an epoch has steps 0 to %d"
              .formatted(epoch, step, stepsPerEpoch() - 1));
    }
    Epoch wanted = epoch(plan.shuffle() ? epoch : 0);
    return Arrays.copyOfRange(wanted.order, wanted.starts[step], wanted.starts[step + 1]);
  }

  private Epoch epoch(long number) {
    Epoch known = latest.get();
    if (known != null && known.number == number) {
      return known;
    }
    Epoch made = plan(number);
    latest.set(made);
    return made;
  }

  private Epoch plan(long number) {
    SplitMix64 random = SplitMix64.of(plan.seed(), number);
    int[] order = IntStream.range(0, size).toArray();
    if (plan.shuffle()) {
      random.shuffle(order);
    }
    if (plan.bucketing()) {
      sortWindows(order);
    }
    int[] batches = IntStream.range(0, stepsPerEpoch()).toArray();
    if (plan.shuffle() && plan.bucketing()) {
      random.shuffle(batches);
    }
    return arrange(number, order, batches);
  }

  private void sortWindows(int[] order) {
    int window = (int) Math.min((long) plan.batchSize() * WINDOW_BATCHES, order.length);
    for (int from = 0; from < order.length; from += window) {
      int to = Math.min(order.length - from, window) + from;
      int[] sorted =
          Arrays.stream(order, from, to)
              .boxed()
              .sorted(Comparator.comparingInt(length::applyAsInt))
              .mapToInt(Integer::intValue)
              .toArray();
      System.arraycopy(sorted, 0, order, from, sorted.length);
    }
  }

  private Epoch arrange(long number, int[] order, int[] batches) {
    int[] arranged = new int[order.length];
    int[] starts = new int[batches.length + 1];
    for (int step = 0; step < batches.length; step++) {
      int from = batches[step] * plan.batchSize();
      int count = Math.min(plan.batchSize(), order.length - from);
      System.arraycopy(order, from, arranged, starts[step], count);
      starts[step + 1] = starts[step] + count;
    }
    return new Epoch(number, arranged, starts);
  }
}
