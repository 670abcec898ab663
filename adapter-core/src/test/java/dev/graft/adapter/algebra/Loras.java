package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;

/** Small LoRA adapters, and their updates in full. */
final class Loras {
  static final String QUERY = "layer.0.query";
  static final String VALUE = "layer.0.value";
  static final GraftRecord RECORD = GraftRecord.builder().baseDigest("sha256:base").build();

  private Loras() {}

  /** One module of rank 1 and scale 1: {@code A [1, n]} and {@code B [m, 1]}. */
  static Adapter ofVectors(float[] a, float[] b) {
    LoraWeights weights =
        new LoraWeights(
            FloatTensor.of(List.of(1L, (long) a.length), a),
            FloatTensor.of(List.of((long) b.length, 1L), b));
    return adapter(1, 1, Map.of(QUERY, weights));
  }

  static Adapter adapter(int rank, double alpha, Map<String, LoraWeights> modules) {
    return Adapter.of(
        LoraConfig.of(rank, alpha, TargetModules.suffixes("query", "value")),
        LoraModules.of(modules),
        Map.of(),
        RECORD);
  }

  /** A query {@code [out, in]} and a value {@code [in, out]} with random factors. */
  static Adapter random(long seed, int rank, double alpha, int out, int in) {
    Random random = new Random(seed);
    return adapter(
        rank,
        alpha,
        Map.of(QUERY, weights(random, rank, out, in), VALUE, weights(random, rank, in, out)));
  }

  static LoraWeights weights(Random random, int rank, int out, int in) {
    return new LoraWeights(tensor(random, rank, in), tensor(random, out, rank));
  }

  private static FloatTensor tensor(Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return FloatTensor.wrap(List.of((long) rows, (long) columns), values);
  }

  static WeightedAdapter weighted(Adapter adapter, double weight) {
    return new WeightedAdapter("adapter " + weight, adapter, weight);
  }

  /** The factors of one module, which must be there. */
  static LoraWeights module(Adapter adapter, String module) {
    LoraWeights weights = LoraModules.in(adapter).get(module);
    if (weights == null) {
      throw new AssertionError("no module '%s'".formatted(module));
    }
    return weights;
  }

  /** {@code scale * B * A} of one module. */
  static RealMatrix update(Adapter adapter, String module) {
    LoraWeights weights = module(adapter, module);
    return matrix(weights.b())
        .multiply(matrix(weights.a()))
        .scalarMultiply(adapter.scaleOf(module));
  }

  static RealMatrix matrix(FloatTensor tensor) {
    int rows = Math.toIntExact(tensor.shape().get(0));
    int columns = Math.toIntExact(tensor.shape().get(1));
    float[] values = tensor.toArray();
    RealMatrix matrix = new Array2DRowRealMatrix(rows, columns);
    for (int i = 0; i < values.length; i++) {
      matrix.setEntry(i / columns, i % columns, values[i]);
    }
    return matrix;
  }

  static RealMatrix matrix(float[][] rows) {
    RealMatrix matrix = new Array2DRowRealMatrix(rows.length, rows[0].length);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[0].length; j++) {
        matrix.setEntry(i, j, rows[i][j]);
      }
    }
    return matrix;
  }

  /** Frobenius norm of the difference over that of what was expected. */
  static double relativeDifference(RealMatrix expected, RealMatrix found) {
    return found.subtract(expected).getFrobeniusNorm() / expected.getFrobeniusNorm();
  }
}
