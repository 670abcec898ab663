package dev.graft.adapter.algebra;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import java.nio.FloatBuffer;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * How far the updates {@code scale * B * A} that two adapters add to one module lie apart.
 *
 * <p>Everything is computed from products of the thin factors with each other, {@code r x r}
 * matrices: {@code <B1 A1, B2 A2> = sum((B1^T B2) * (A1 A2^T))}. The base is not needed.
 *
 * @param module path of the module
 * @param norm Frobenius norm of the first update
 * @param otherNorm that of the second
 * @param differenceNorm that of their difference
 * @param cosine their inner product divided by both norms; 0 if one is zero
 * @param outputOverlap how much of the smaller column space of B lies in the larger: {@code |Q1^T
 *     Q2|^2 / min(r1, r2)} with orthonormal bases Q, 1 if one holds the other
 * @param inputOverlap the same of the row spaces of A
 */
public record LoraDifference(
    String module,
    double norm,
    double otherNorm,
    double differenceNorm,
    double cosine,
    double outputOverlap,
    double inputOverlap) {
  /** What is smaller than this share of the largest eigenvalue of a Gram matrix is noise. */
  private static final double NOISE = 1e-10;

  /**
   * Compare two updates.
   *
   * @throws IllegalArgumentException if they are of different shapes
   */
  public static LoraDifference of(
      String module, LoraWeights one, double scale, LoraWeights other, double otherScale) {
    if (one.in() != other.in() || one.out() != other.out()) {
      throw new IllegalArgumentException(
          "module \"%s\" has updates of different shapes: [%d, %d] and [%d, %d]"
              .formatted(module, one.out(), one.in(), other.out(), other.in()));
    }
    RealMatrix columns = products(one.b(), other.b(), true);
    RealMatrix rows = products(one.a(), other.a(), false);
    RealMatrix ownColumns = products(one.b(), one.b(), true);
    RealMatrix ownRows = products(one.a(), one.a(), false);
    RealMatrix otherColumns = products(other.b(), other.b(), true);
    RealMatrix otherRows = products(other.a(), other.a(), false);
    double square = scale * scale * inner(ownColumns, ownRows);
    double otherSquare = otherScale * otherScale * inner(otherColumns, otherRows);
    double product = scale * otherScale * inner(columns, rows);
    double norms = Math.sqrt(Math.max(0, square)) * Math.sqrt(Math.max(0, otherSquare));
    return new LoraDifference(
        module,
        Math.sqrt(Math.max(0, square)),
        Math.sqrt(Math.max(0, otherSquare)),
        Math.sqrt(Math.max(0, square + otherSquare - 2 * product)),
        norms == 0 ? 0 : product / norms,
        overlap(ownColumns, columns, otherColumns),
        overlap(ownRows, rows, otherRows));
  }

  private static double inner(RealMatrix one, RealMatrix other) {
    double sum = 0;
    for (int row = 0; row < one.getRowDimension(); row++) {
      for (int column = 0; column < one.getColumnDimension(); column++) {
        sum += one.getEntry(row, column) * other.getEntry(row, column);
      }
    }
    return sum;
  }

  /** {@code X^T Y} of matrices {@code [n, r]}, or {@code X Y^T} of matrices {@code [r, n]}. */
  private static RealMatrix products(FloatTensor x, FloatTensor y, boolean byColumns) {
    double[][] left = vectors(x, byColumns);
    double[][] right = vectors(y, byColumns);
    double[][] cells = new double[left.length][right.length];
    for (int i = 0; i < left.length; i++) {
      for (int j = 0; j < right.length; j++) {
        double sum = 0;
        for (int k = 0; k < left[i].length; k++) {
          sum += left[i][k] * right[j][k];
        }
        cells[i][j] = sum;
      }
    }
    return new Array2DRowRealMatrix(cells, false);
  }

  private static double[][] vectors(FloatTensor tensor, boolean byColumns) {
    int rows = Math.toIntExact(tensor.shape().get(0));
    int columns = Math.toIntExact(tensor.shape().get(1));
    double[][] vectors = byColumns ? new double[columns][rows] : new double[rows][columns];
    FloatBuffer values = tensor.buffer();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        if (byColumns) {
          vectors[column][row] = values.get();
        } else {
          vectors[row][column] = values.get();
        }
      }
    }
    return vectors;
  }

  /** {@code |Q1^T Q2|^2} with {@code Q = X V L^(-1/2)} from the Gram matrix {@code V L V^T}. */
  private static double overlap(RealMatrix own, RealMatrix mixed, RealMatrix other) {
    RealMatrix left = whitening(own);
    RealMatrix right = whitening(other);
    int rank = Math.min(left.getColumnDimension(), right.getColumnDimension());
    RealMatrix cosines = left.transpose().multiply(mixed).multiply(right);
    double norm = cosines.getFrobeniusNorm();
    return Math.min(1, norm * norm / rank);
  }

  private static RealMatrix whitening(RealMatrix gram) {
    EigenDecomposition eigen = new EigenDecomposition(gram);
    double[] values = eigen.getRealEigenvalues();
    int rank = 0;
    while (rank < values.length && values[rank] > NOISE * values[0]) {
      rank++;
    }
    double[][] cells = new double[values.length][Math.max(1, rank)];
    for (int column = 0; column < rank; column++) {
      for (int row = 0; row < values.length; row++) {
        cells[row][column] = eigen.getV().getEntry(row, column) / Math.sqrt(values[column]);
      }
    }
    return new Array2DRowRealMatrix(cells, false);
  }
}
