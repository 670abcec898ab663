package dev.graft.adapter.algebra;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Whole matrices, {@code float[rows][columns]}, worked on by all cores; how many there are changes
 * no bit of a result.
 */
final class DenseRows {
  /** What one core works on at a time: long loops, whose sums stay in its cache. */
  private static final int MOST_COLUMNS = 1024;

  private static final int LEAST_COLUMNS = 256;
  private static final int MOST_VECTORS = 64;

  private DenseRows() {}

  /** {@code vectors * matrix}: sums of the matrix's rows. */
  static float[][] products(float[][] vectors, float[][] matrix) {
    float[][] result = new float[vectors.length][matrix[0].length];
    multiply(vectors, matrix, result);
    return result;
  }

  /** Write {@code vectors * matrix} into a matrix. */
  static void multiply(float[][] vectors, float[][] matrix, float[][] result) {
    int columns = columns(matrix[0].length);
    int ranges = (matrix[0].length + columns - 1) / columns;
    int groups = (vectors.length + MOST_VECTORS - 1) / MOST_VECTORS;
    IntStream.range(0, groups * ranges)
        .parallel()
        .forEach(
            tile -> {
              int first = tile / ranges * MOST_VECTORS;
              int from = tile % ranges * columns;
              multiply(
                  Arrays.copyOfRange(
                      vectors, first, Math.min(vectors.length, first + MOST_VECTORS)),
                  matrix,
                  Arrays.copyOfRange(result, first, Math.min(vectors.length, first + MOST_VECTORS)),
                  from,
                  Math.min(matrix[0].length, from + columns));
            });
  }

  /** So many that every core has some. */
  private static int columns(int length) {
    int share = length / Runtime.getRuntime().availableProcessors();
    return Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, share / LEAST_COLUMNS * LEAST_COLUMNS));
  }

  private static void multiply(
      float[][] vectors, float[][] matrix, float[][] result, int from, int to) {
    for (float[] sum : result) {
      Arrays.fill(sum, from, to, 0);
    }
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

  /** Write the transposed matrix into another. */
  static void transpose(float[][] matrix, float[][] flipped) {
    int rows = matrix.length;
    int columns = matrix[0].length;
    IntStream.range(0, (columns + LEAST_COLUMNS - 1) / LEAST_COLUMNS)
        .parallel()
        .forEach(
            range -> {
              int to = Math.min(columns, (range + 1) * LEAST_COLUMNS);
              for (int i = 0; i < rows; i++) {
                float[] row = matrix[i];
                for (int j = range * LEAST_COLUMNS; j < to; j++) {
                  flipped[j][i] = row[j];
                }
              }
            });
  }

  /** The sum of the squares of all entries. */
  static double squares(float[][] matrix) {
    double[] rows = Arrays.stream(matrix).parallel().mapToDouble(DenseRows::squares).toArray();
    return Arrays.stream(rows).reduce(0, Double::sum);
  }

  /** Four sums at once, because each addition waits for the last of its own. */
  private static double squares(float[] row) {
    double[] sums = new double[4];
    for (int i = 0; i < row.length; i++) {
      sums[i & 3] += (double) row[i] * row[i];
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
  }
}
