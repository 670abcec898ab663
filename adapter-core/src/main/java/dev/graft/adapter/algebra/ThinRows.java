package dev.graft.adapter.algebra;

import dev.graft.adapter.FloatTensor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Few long vectors, {@code float[k][n]}: the rows of an A, the columns of a B. Sums are computed in
 * doubles, block by block, so that a block stays in the caches.
 */
final class ThinRows {
  private static final int GRAM_COLUMNS = 32;
  private static final int COMBINE_COLUMNS = 512;

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
    int count = rows.length;
    int length = rows[0].length;
    double[][] gram = new double[count][count];
    double[][] block = new double[GRAM_COLUMNS][count];
    for (int from = 0; from < length; from += GRAM_COLUMNS) {
      int columns = Math.min(GRAM_COLUMNS, length - from);
      for (int k = 0; k < count; k++) {
        for (int j = 0; j < columns; j++) {
          block[j][k] = rows[k][from + j];
        }
      }
      addProducts(gram, block, columns);
    }
    return gram;
  }

  private static void addProducts(double[][] gram, double[][] block, int columns) {
    int count = gram.length;
    for (int i = 0; i < count; i++) {
      int j = 0;
      for (; j + Axpy.WIDTH <= columns; j += Axpy.WIDTH) {
        Axpy.add(
            gram[i],
            block[j][i],
            block[j],
            block[j + 1][i],
            block[j + 1],
            block[j + 2][i],
            block[j + 2],
            block[j + 3][i],
            block[j + 3],
            0,
            count);
      }
      for (; j < columns; j++) {
        Axpy.add(gram[i], block[j][i], block[j], 0, count);
      }
    }
  }

  /** Sums of the rows: {@code result[i] = sum_k coefficients[i][k] * rows[k]}. */
  static float[][] combine(double[][] coefficients, float[][] rows) {
    int length = rows[0].length;
    float[][] result = new float[coefficients.length][length];
    double[][] block = new double[rows.length][COMBINE_COLUMNS];
    double[] sum = new double[COMBINE_COLUMNS];
    for (int from = 0; from < length; from += COMBINE_COLUMNS) {
      int columns = Math.min(COMBINE_COLUMNS, length - from);
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
    return result;
  }
}
