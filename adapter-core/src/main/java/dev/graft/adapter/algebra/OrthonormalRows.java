package dev.graft.adapter.algebra;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An orthonormal basis of the space that some rows span, by a Cholesky factorisation with pivots of
 * their scalar products: {@code rows = L * Q} with Q orthonormal.
 *
 * <p>Rows are first scaled to length 1, so that a row counts by its direction and not by its
 * length. A row of which only {@code TOLERANCE} is left beside the others, as when an adapter is
 * given twice, adds no direction; in single precision nothing is known of it.
 */
final class OrthonormalRows {
  /** Squared length of what must be left of a row of length 1: about the precision of floats. */
  private static final double TOLERANCE = 1e-13;

  private final double[] lengths;
  private final double[][] lower;
  private final int[] pivots;

  private OrthonormalRows(double[] lengths, double[][] lower, int[] pivots) {
    this.lengths = lengths;
    this.lower = lower;
    this.pivots = pivots;
  }

  /** The basis of rows with these scalar products. */
  static OrthonormalRows of(double[][] gram) {
    int count = gram.length;
    double[] lengths = new double[count];
    double[] left = new double[count];
    for (int i = 0; i < count; i++) {
      lengths[i] = Math.sqrt(gram[i][i]);
      left[i] = lengths[i] > 0 ? 1 : 0;
    }
    List<double[]> columns = new ArrayList<>();
    int[] pivots = new int[count];
    for (int step = 0; step < count; step++) {
      int pivot = largest(left);
      if (left[pivot] <= TOLERANCE) {
        break;
      }
      double[] column = column(gram, lengths, columns, pivots, pivot);
      pivots[step] = pivot;
      columns.add(column);
      for (int i = 0; i < count; i++) {
        left[i] -= column[i] * column[i];
      }
      left[pivot] = 0;
    }
    return new OrthonormalRows(
        lengths, columns.toArray(double[][]::new), Arrays.copyOf(pivots, columns.size()));
  }

  private static int largest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  private static double[] column(
      double[][] gram, double[] lengths, List<double[]> earlier, int[] pivots, int pivot) {
    int count = gram.length;
    double[] column = new double[count];
    for (int i = 0; i < count; i++) {
      column[i] = lengths[i] > 0 ? gram[pivot][i] / (lengths[pivot] * lengths[i]) : 0;
    }
    for (double[] other : earlier) {
      Axpy.add(column, -other[pivot], other, 0, count);
    }
    double root = Math.sqrt(column[pivot]);
    for (int i = 0; i < count; i++) {
      column[i] /= root;
    }
    for (int k = 0; k < earlier.size(); k++) {
      column[pivots[k]] = 0;
    }
    column[pivot] = root;
    return column;
  }

  /** The number of directions. */
  int size() {
    return lower.length;
  }

  /** {@code L^T [size, rows]}: how much of each direction is in each row. */
  double[][] shares() {
    double[][] shares = new double[lower.length][];
    for (int k = 0; k < lower.length; k++) {
      shares[k] = lower[k].clone();
      for (int i = 0; i < lengths.length; i++) {
        shares[k][i] *= lengths[i];
      }
    }
    return shares;
  }

  /**
   * What the rows are to be multiplied with to give {@code combination * Q}.
   *
   * @param combination {@code [m, size]}
   * @return {@code [m, rows]}
   */
  double[][] coefficients(double[][] combination) {
    int size = size();
    double[][] result = new double[combination.length][lengths.length];
    for (int m = 0; m < combination.length; m++) {
      // x * Lp = v with Lp lower triangular over the pivots' rows, from the last column backwards.
      double[] v = combination[m].clone();
      for (int j = size - 1; j >= 0; j--) {
        double x = v[j] / lower[j][pivots[j]];
        for (int k = 0; k < j; k++) {
          v[k] -= x * lower[k][pivots[j]];
        }
        result[m][pivots[j]] = x / lengths[pivots[j]];
      }
    }
    return result;
  }

  /** What the rows are to be multiplied with to give {@code Q} itself, {@code [size, rows]}. */
  double[][] coefficients() {
    double[][] identity = new double[size()][size()];
    for (int i = 0; i < identity.length; i++) {
      identity[i][i] = 1;
    }
    return coefficients(identity);
  }

  /** {@code Lp^-1}-weighted products of this basis with another, {@code [size, other.size]}. */
  double[][] products(double[][] crossGram, OrthonormalRows other) {
    double[][] theirs = Small.transposed(other.coefficients());
    return Small.multiply(Small.multiply(coefficients(), crossGram), theirs);
  }
}
