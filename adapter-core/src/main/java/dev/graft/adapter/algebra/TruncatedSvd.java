package dev.graft.adapter.algebra;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The largest singular values of a matrix {@code [out, in]} that is given entry by entry.
 *
 * <p>If its shorter side is at most {@value #EXACT_SIDE}, they come from the scalar products of all
 * rows or columns, to about 1e-8 of the largest. Larger matrices are restricted to the Krylov space
 * of {@value #STEPS} blocks {@code X, M^T M X, (M^T M)^2 X, ...} of {@code rank + 8} random
 * vectors: Musco and Musco, "Randomized block Krylov methods for stronger and faster approximate
 * singular value decomposition", arXiv 1504.05477. The result is then the best approximation within
 * that space; a test holds its error to within a thousandth of the smallest possible one on noise
 * with a few strong directions, and {@link LowRankSum.Truncated} has the error it really makes. The
 * random vectors have a fixed seed: the same matrix gives the same result.
 */
final class TruncatedSvd {
  static final int EXACT_SIDE = 512;
  static final int STEPS = 4;

  private static final int OVERSAMPLING = 8;
  private static final int COLUMNS = 256;
  private static final long SEED = 150405477;

  private TruncatedSvd() {}

  /** The best approximation of a rank, at most the shorter side. */
  static LowRankSum.Truncated of(float[][] matrix, int rank) {
    int out = matrix.length;
    int in = matrix[0].length;
    double squares = squares(matrix);
    LowRankSum.Truncated found;
    if (in <= Math.min(out, EXACT_SIDE)) {
      found = sum(identity(in), transposed(matrix)).truncated(rank);
    } else if (out <= EXACT_SIDE) {
      found = sum(matrix, identity(out)).truncated(rank);
    } else {
      found = restricted(matrix, rank);
    }
    return new LowRankSum.Truncated(found.weights(), squares, found.squaresKept());
  }

  private static LowRankSum sum(float[][] a, float[][] b) {
    double[] ones = new double[a.length];
    Arrays.fill(ones, 1);
    return new LowRankSum(a, b, ones);
  }

  private static LowRankSum.Truncated restricted(float[][] matrix, int rank) {
    float[][] flipped = transposed(matrix);
    int block = Math.min(rank + OVERSAMPLING, Math.min(matrix.length, matrix[0].length) / STEPS);
    block = Math.max(block, (rank + STEPS - 1) / STEPS);
    float[][] basis = new float[0][];
    float[][] images = new float[0][];
    float[][] next = random(block, matrix[0].length);
    for (int step = 0; step < STEPS; step++) {
      float[][] fresh = orthonormalBeside(basis, next);
      if (fresh.length == 0) {
        break;
      }
      float[][] image = products(fresh, flipped);
      basis = joined(basis, fresh);
      images = joined(images, image);
      if (step + 1 < STEPS) {
        next = products(image, matrix);
      }
    }
    return sum(basis, images).truncated(rank);
  }

  private static float[][] random(int count, int length) {
    Random random = new Random(SEED);
    float[][] vectors = new float[count][length];
    for (float[] vector : vectors) {
      for (int i = 0; i < length; i++) {
        vector[i] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }

  /**
   * What vectors add to an orthonormal basis, orthonormal; twice, because the first time leaves
   * what cancellation left of them.
   */
  private static float[][] orthonormalBeside(float[][] basis, float[][] vectors) {
    float[][] result = vectors;
    for (int pass = 0; pass < 2; pass++) {
      result = orthonormal(withoutSpan(basis, result));
    }
    return result;
  }

  private static float[][] withoutSpan(float[][] basis, float[][] vectors) {
    if (basis.length == 0) {
      return vectors;
    }
    double[][] gram = ThinRows.gram(joined(basis, vectors));
    double[][] coefficients = new double[vectors.length][basis.length + vectors.length];
    for (int i = 0; i < vectors.length; i++) {
      for (int k = 0; k < basis.length; k++) {
        coefficients[i][k] = -gram[basis.length + i][k];
      }
      coefficients[i][basis.length + i] = 1;
    }
    return ThinRows.combine(coefficients, joined(basis, vectors));
  }

  private static float[][] orthonormal(float[][] vectors) {
    if (vectors.length == 0) {
      return vectors;
    }
    OrthonormalRows rows = OrthonormalRows.of(ThinRows.gram(vectors));
    double[][] identity = new double[rows.size()][rows.size()];
    for (int i = 0; i < identity.length; i++) {
      identity[i][i] = 1;
    }
    return ThinRows.combine(rows.coefficients(identity), vectors);
  }

  /** {@code vectors * matrix}: sums of the matrix's rows, a range of columns on each core. */
  private static float[][] products(float[][] vectors, float[][] matrix) {
    int length = matrix[0].length;
    float[][] result = new float[vectors.length][length];
    IntStream.range(0, (length + COLUMNS - 1) / COLUMNS)
        .parallel()
        .forEach(
            range -> {
              int from = range * COLUMNS;
              addProducts(result, vectors, matrix, from, Math.min(length, from + COLUMNS));
            });
    return result;
  }

  private static void addProducts(
      float[][] result, float[][] vectors, float[][] matrix, int from, int to) {
    int row = 0;
    for (; row + Axpy.WIDTH <= matrix.length; row += Axpy.WIDTH) {
      for (int v = 0; v < vectors.length; v++) {
        float[] c = vectors[v];
        Axpy.add(
            result[v],
            c[row],
            matrix[row],
            c[row + 1],
            matrix[row + 1],
            c[row + 2],
            matrix[row + 2],
            c[row + 3],
            matrix[row + 3],
            from,
            to);
      }
    }
    for (; row < matrix.length; row++) {
      for (int v = 0; v < vectors.length; v++) {
        Axpy.add(result[v], vectors[v][row], matrix[row], from, to);
      }
    }
  }

  private static float[][] transposed(float[][] matrix) {
    int rows = matrix.length;
    int columns = matrix[0].length;
    float[][] flipped = new float[columns][rows];
    IntStream.range(0, (columns + COLUMNS - 1) / COLUMNS)
        .parallel()
        .forEach(
            range -> {
              int to = Math.min(columns, (range + 1) * COLUMNS);
              for (int i = 0; i < rows; i++) {
                float[] row = matrix[i];
                for (int j = range * COLUMNS; j < to; j++) {
                  flipped[j][i] = row[j];
                }
              }
            });
    return flipped;
  }

  private static float[][] joined(float[][] first, float[][] second) {
    float[][] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static float[][] identity(int size) {
    float[][] identity = new float[size][size];
    for (int i = 0; i < size; i++) {
      identity[i][i] = 1;
    }
    return identity;
  }

  private static double squares(float[][] matrix) {
    double sum = 0;
    for (float[] row : matrix) {
      for (float value : row) {
        sum += (double) value * value;
      }
    }
    return sum;
  }
}
