package dev.graft.adapter.algebra;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One tensor of several adapters: pruned, signs elected, merged entry by entry. In single precision
 * and in PEFT's order, so that the outcome agrees to the last bit where nothing is random.
 */
final class TaskTensors {
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
    for (int i = 0; i < tensors.size(); i++) {
      prune(tensors.get(i), names.get(i));
    }
    int rows = tensors.get(0).length;
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            r -> {
              float[][] row = tensors.stream().map(tensor -> tensor[r]).toArray(float[][]::new);
              if (options.method().electsSign()) {
                elect(row, weights);
              } else {
                add(row, weights);
              }
            });
    return tensors.get(0);
  }

  private void prune(float[][] tensor, String name) {
    if (!options.method().usesDensity()) {
      return;
    }
    double density = options.density().orElseThrow();
    if (density >= 1) {
      return;
    }
    if (options.method().isRandom()) {
      RandomMask.prune(tensor, density, options.seed(), name);
      return;
    }
    long size = (long) tensor.length * tensor[0].length;
    long kept = (long) (density * size);
    if (kept == 0) {
      for (float[] row : tensor) {
        Arrays.fill(row, 0);
      }
    } else {
      MagnitudeThreshold.of(tensor, kept).prune(tensor);
    }
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

  private void elect(float[][] rows, float[] weights) {
    boolean bySum = options.sign() == MajoritySign.TOTAL;
    for (int j = 0; j < rows[0].length; j++) {
      float balance = 0;
      for (float[] row : rows) {
        balance += bySum ? row[j] : Math.signum(row[j]);
      }
      float sign = balance >= 0 ? 1 : -1;
      float sum = 0;
      int agreeing = 0;
      for (int i = 0; i < rows.length; i++) {
        if (Math.signum(rows[i][j]) == sign) {
          sum += rows[i][j] * weights[i];
          agreeing++;
        }
      }
      rows[0][j] = agreeing > 1 ? sum / agreeing : sum;
    }
  }
}
