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
    int columns = matrix[0].length;
    IntStream.range(0, (columns + LEAST_COLUMNS - 1) / LEAST_COLUMNS)
        .parallel()
        .forEach(
            range -> {
              int from = range * LEAST_COLUMNS;
              transpose(matrix, flipped, from, Math.min(columns, from + LEAST_COLUMNS));
            });
  }

  private static void transpose(float[][] matrix, float[][] flipped, int from, int to) {
    int i = 0;
    for (; i + 4 <= matrix.length; i += 4) {
      float[] row0 = matrix[i];
      float[] row1 = matrix[i + 1];
      float[] row2 = matrix[i + 2];
      float[] row3 = matrix[i + 3];
      for (int j = from; j < to; j++) {
        float[] column = flipped[j];
        column[i] = row0[j];
        column[i + 1] = row1[j];
        column[i + 2] = row2[j];
        column[i + 3] = row3[j];
      }
    }
    for (; i < matrix.length; i++) {
      for (int j = from; j < to; j++) {
        flipped[j][i] = matrix[i][j];
      }
    }
  }

  /** The sum of the squares of all entries. */
  static double squares(float[][] matrix) {
    double[] rows = Arrays.stream(matrix).parallel().mapToDouble(DenseRows::squares).toArray();
    return Arrays.stream(rows).reduce(0, Double::sum);
  }

  /** Four sums at once, because each addition waits for the last of its own. */
  private static double squares(float[] row) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int i = 0;
    for (; i + 4 <= row.length; i += 4) {
      sum0 += (double) row[i] * row[i];
      sum1 += (double) row[i + 1] * row[i + 1];
      sum2 += (double) row[i + 2] * row[i + 2];
      sum3 += (double) row[i + 3] * row[i + 3];
    }
    for (; i < row.length; i++) {
      sum0 += (double) row[i] * row[i];
    }
    return sum0 + sum1 + sum2 + sum3;
  }
}
