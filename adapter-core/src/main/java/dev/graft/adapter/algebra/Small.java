package dev.graft.adapter.algebra;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/** Matrices of the size of ranks, {@code double[rows][columns]}. */
final class Small {
  private Small() {}

  /** {@code a * b}. */
  static double[][] multiply(double[][] a, double[][] b) {
    int columns = b.length == 0 ? 0 : b[0].length;
    double[][] product = new double[a.length][columns];
    for (int i = 0; i < a.length; i++) {
      Axpy.addAll(product[i], a[i], b, b.length, columns);
    }
    return product;
  }

  static double[][] transposed(double[][] a) {
    int columns = a.length == 0 ? 0 : a[0].length;
    double[][] flipped = new double[columns][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < columns; j++) {
        flipped[j][i] = a[i][j];
      }
    }
    return flipped;
  }

  /**
   * Eigenvalues and eigenvectors of a symmetric matrix without negative eigenvalues; what rounding
   * made negative is zero.
   *
   * <p>The largest entry of the diagonal is added to the diagonal for the while: Commons Math gives
   * up on matrices whose small eigenvalues are about the rounding of the largest, as those of
   * adapters with little rank are.
   */
  static Eigen eigen(double[][] symmetric) {
    int size = symmetric.length;
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < i; j++) {
        double mean = (symmetric[i][j] + symmetric[j][i]) / 2;
        symmetric[i][j] = mean;
        symmetric[j][i] = mean;
      }
    }
    double shift = 0;
    for (int i = 0; i < size; i++) {
      shift = Math.max(shift, symmetric[i][i]);
    }
    for (int i = 0; i < size; i++) {
      symmetric[i][i] += shift;
    }
    EigenDecomposition found = new EigenDecomposition(new Array2DRowRealMatrix(symmetric, false));
    double[] values = new double[size];
    double[][] vectors = new double[size][];
    for (int i = 0; i < size; i++) {
      values[i] = Math.max(0, found.getRealEigenvalue(i) - shift);
      vectors[i] = found.getEigenvector(i).toArray();
    }
    return new Eigen(values, vectors);
  }

  /** Eigenvalues, largest first, and their vectors as rows. */
  static final class Eigen {
    private final double[] values;
    private final double[][] vectors;

    Eigen(double[] values, double[][] vectors) {
      this.values = values;
      this.vectors = vectors;
    }

    int size() {
      return values.length;
    }

    double value(int i) {
      return values[i];
    }

    /** The vectors of the largest values, at most {@code count} of them, all above a threshold. */
    double[][] above(double threshold, int count) {
      int kept = 0;
      while (kept < Math.min(count, size()) && values[kept] > threshold) {
        kept++;
      }
      return Arrays.copyOf(vectors, kept);
    }

    double sum() {
      return sumOfFirst(values.length);
    }

    double sumOfFirst(int count) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum += values[i];
      }
      return sum;
    }
  }
}
