package dev.graft.adapter.algebra;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One tensor of several adapters: pruned, signs elected, merged entry by entry. In single precision
 * and in PEFT's order, so that the outcome agrees to the last bit where nothing is random.
 */
final class TaskTensors {
  /** Rows that one core works on at a time. */
  private static final int SHARE = 64;

  private final CombinationOptions options;

  TaskTensors(CombinationOptions options) {
    this.options = options;
  }

  /**
   * Merge tensors of one shape.
   *
   * @param tensors by adapter, {@code [rows][columns]}; they are changed, and the first is the
   *     outcome
   * @param weights by adapter
   * @param names by adapter, for random masks
   */
  float[][] merged(List<float[][]> tensors, float[] weights, List<String> names) {
    List<Pruning> prunings = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      prunings.add(pruning(tensors.get(i), names.get(i)));
    }
    int rows = tensors.get(0).length;
    IntStream.range(0, (rows + SHARE - 1) / SHARE)
        .parallel()
        .forEach(
            share -> {
              int from = share * SHARE;
              merge(tensors, prunings, weights, from, Math.min(rows, from + SHARE));
            });
    return tensors.get(0);
  }

  private void merge(
      List<float[][]> tensors, List<Pruning> prunings, float[] weights, int from, int to) {
    SignElection election = new SignElection(options.sign(), weights);
    for (int r = from; r < to; r++) {
      float[][] rows = new float[weights.length][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = tensors.get(i)[r];
        prunings.get(i).prune(rows[i], r);
      }
      if (options.method().electsSign()) {
        election.merge(rows);
      } else {
        add(rows, weights);
      }
    }
  }

  private Pruning pruning(float[][] tensor, String name) {
    if (!options.method().usesDensity() || options.density().orElseThrow() >= 1) {
      return Pruning.NOTHING;
    }
    double density = options.density().orElseThrow();
    if (options.method().isRandom()) {
      return new RandomMask(density, options.seed(), name);
    }
    long size = (long) tensor.length * tensor[0].length;
    long kept = (long) (density * size);
    return kept == 0 ? Pruning.ALL : MagnitudeThreshold.of(tensor, kept);
  }

  private static void add(float[][] rows, float[] weights) {
    float[] sum = rows[0];
    for (int j = 0; j < sum.length; j++) {
      sum[j] *= weights[0];
    }
    for (int i = 1; i < rows.length; i++) {
      float[] row = rows[i];
      float weight = weights[i];
      for (int j = 0; j < sum.length; j++) {
        sum[j] += row[j] * weight;
      }
    }
  }
}
