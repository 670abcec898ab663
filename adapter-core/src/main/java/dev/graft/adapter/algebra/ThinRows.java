package dev.graft.adapter.algebra;

import dev.graft.adapter.FloatTensor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Few long vectors, {@code float[k][n]}: the rows of an A, the columns of a B. Sums are computed in
 * doubles, block by block, so that a block stays in the caches.
 */
final class ThinRows {
  private static final int GRAM_COLUMNS = 32;
  private static final int COMBINE_COLUMNS = 512;
  private static final int SHARES = 8;

  private ThinRows() {}

  /** The rows of a matrix {@code [rows, columns]}. */
  static float[][] ofRows(FloatTensor matrix) {
    int rows = Math.toIntExact(matrix.shape().get(0));
    int columns = Math.toIntExact(matrix.shape().get(1));
    float[][] result = new float[rows][columns];
    FloatBuffer values = matrix.buffer();
    for (float[] row : result) {
      values.get(row);
    }
    return result;
  }

  /** The columns of a matrix {@code [rows, columns]}. */
  static float[][] ofColumns(FloatTensor matrix) {
    int rows = Math.toIntExact(matrix.shape().get(0));
    int columns = Math.toIntExact(matrix.shape().get(1));
    float[][] result = new float[columns][rows];
    FloatBuffer values = matrix.buffer();
    float[] row = new float[columns];
    for (int i = 0; i < rows; i++) {
      values.get(row);
      for (int j = 0; j < columns; j++) {
        result[j][i] = row[j];
      }
    }
    return result;
  }

  /** The matrix {@code [k, n]} with these rows. */
  static FloatTensor toRows(float[][] rows) {
    int length = rows[0].length;
    float[] values = new float[Math.multiplyExact(rows.length, length)];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * length, length);
    }
    return FloatTensor.wrap(List.of((long) rows.length, (long) length), values);
  }

  /** The matrix {@code [n, k]} with these columns. */
  static FloatTensor toColumns(float[][] columns) {
    int length = columns[0].length;
    float[] values = new float[Math.multiplyExact(columns.length, length)];
    int at = 0;
    for (int i = 0; i < length; i++) {
      for (float[] column : columns) {
        values[at++] = column[i];
      }
    }
    return FloatTensor.wrap(List.of((long) length, (long) columns.length), values);
  }

  /** All scalar products, {@code [k, k]}. */
  static double[][] gram(float[][] rows) {
    return products(rows, rows, 0, rows[0].length);
  }

  /**
   * The scalar products of vectors with others, {@code [left, right]}, on all cores. How many there
   * are changes no bit.
   */
  static double[][] products(float[][] left, float[][] right) {
    int length = right[0].length;
    int share = (length + SHARES - 1) / SHARES;
    List<double[][]> parts =
        IntStream.range(0, (length + share - 1) / share)
            .parallel()
            .mapToObj(i -> products(left, right, i * share, Math.min(length, (i + 1) * share)))
            .toList();
    double[][] sum = parts.get(0);
    for (double[][] part : parts.subList(1, parts.size())) {
      for (int i = 0; i < sum.length; i++) {
        Axpy.add(sum[i], 1, part[i], 0, sum[i].length);
      }
    }
    return sum;
  }

  private static double[][] products(float[][] left, float[][] right, int from, int to) {
    double[][] products = new double[left.length][right.length];
    double[][] block = new double[GRAM_COLUMNS][right.length];
    double[] factors = new double[GRAM_COLUMNS];
    for (int start = from; start < to; start += GRAM_COLUMNS) {
      int columns = Math.min(GRAM_COLUMNS, to - start);
      for (int k = 0; k < right.length; k++) {
        for (int j = 0; j < columns; j++) {
          block[j][k] = right[k][start + j];
        }
      }
      for (int i = 0; i < left.length; i++) {
        for (int j = 0; j < columns; j++) {
          factors[j] = left[i][start + j];
        }
        Axpy.addAll(products[i], factors, block, columns, right.length);
      }
    }
    return products;
  }

  /**
   * Sums of the rows on all cores: {@code result[i] = sum_k coefficients[i][k] * rows[k]}. How many
   * there are changes no bit.
   */
  static float[][] combine(double[][] coefficients, float[][] rows) {
    int length = rows[0].length;
    float[][] result = new float[coefficients.length][length];
    IntStream.range(0, (length + COMBINE_COLUMNS - 1) / COMBINE_COLUMNS)
        .parallel()
        .forEach(range -> combine(result, coefficients, rows, range * COMBINE_COLUMNS));
    return result;
  }

  private static void combine(float[][] result, double[][] coefficients, float[][] rows, int from) {
    int columns = Math.min(COMBINE_COLUMNS, rows[0].length - from);
    double[][] block = new double[rows.length][columns];
    double[] sum = new double[columns];
    for (int k = 0; k < rows.length; k++) {
      for (int j = 0; j < columns; j++) {
        block[k][j] = rows[k][from + j];
      }
    }
    for (int i = 0; i < coefficients.length; i++) {
      Arrays.fill(sum, 0);
      Axpy.addAll(sum, coefficients[i], block, rows.length, columns);
      for (int j = 0; j < columns; j++) {
        result[i][from + j] = (float) sum[j];
      }
    }
  }
}
