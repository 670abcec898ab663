package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * The update {@code scale * B * A} that LoRA adds to one module's weight, by its singular values.
 *
 * <p>With thin QR factorisations {@code B = Qb * Rb} and {@code A^T = Qa * Ra} the update is {@code
 * Qb * (scale * Rb * Ra^T) * Qa^T}. The outer factors are orthonormal, so the small matrix in the
 * middle, at most {@code r x r}, has the singular values of the whole.
 *
 * @param module path of the module
 * @param rank number of rows of A, the most the update's rank can be
 * @param scale factor of {@code B * A}
 * @param frobeniusNorm root of the sum of the update's squares
 * @param singularValues largest first, {@code min(r, in, out)} of them
 * @param effectiveRank {@code exp(-sum p_i ln p_i)} with {@code p_i} the singular values divided by
 *     their sum: how many directions the update really uses (Roy and Vetterli, "The effective rank:
 *     a measure of effective dimensionality", EUSIPCO 2007); 0 for an update of zero
 */
public record LoraSpectrum(
    String module,
    int rank,
    double scale,
    double frobeniusNorm,
    List<Double> singularValues,
    double effectiveRank) {

  /** Copy the singular values. */
  public LoraSpectrum {
    singularValues = List.copyOf(singularValues);
  }

  /** The spectra of all modules, in the order of their paths. */
  public static List<LoraSpectrum> of(Adapter adapter) {
    return LoraModules.in(adapter).entrySet().stream()
        .map(entry -> of(entry.getKey(), entry.getValue(), adapter.scaleOf(entry.getKey())))
        .toList();
  }

  /**
   * The spectrum of one module.
   *
   * @throws IllegalArgumentException if a weight is NaN or infinite
   */
  public static LoraSpectrum of(String module, LoraWeights weights, double scale) {
    if (!weights.isFinite()) {
      throw new IllegalArgumentException(
          "module \"%s\" has a NaN or infinite weight, so its update has no spectrum"
              .formatted(module));
    }
    double[] values = singularValues(weights, Math.abs(scale));
    double squares = 0;
    for (double value : values) {
      squares += value * value;
    }
    return new LoraSpectrum(
        module,
        weights.rank(),
        scale,
        Math.sqrt(squares),
        Arrays.stream(values).boxed().toList(),
        effectiveRank(values));
  }

  private static double[] singularValues(LoraWeights weights, double scale) {
    if (weights.isZero()) {
      return new double[Math.min(weights.rank(), Math.min(weights.in(), weights.out()))];
    }
    RealMatrix rb = triangular(matrix(weights.b(), false));
    RealMatrix ra = triangular(matrix(weights.a(), true));
    double[] values =
        new SingularValueDecomposition(rb.multiply(ra.transpose())).getSingularValues();
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return values;
  }

  /** The upper triangle R of a thin QR factorisation, {@code min(rows, columns) x columns}. */
  private static RealMatrix triangular(RealMatrix matrix) {
    int rows = Math.min(matrix.getRowDimension(), matrix.getColumnDimension());
    return new QRDecomposition(matrix)
        .getR()
        .getSubMatrix(0, rows - 1, 0, matrix.getColumnDimension() - 1);
  }

  private static RealMatrix matrix(FloatTensor tensor, boolean transposed) {
    int rows = Math.toIntExact(tensor.shape().get(0));
    int columns = Math.toIntExact(tensor.shape().get(1));
    double[][] cells = transposed ? new double[columns][rows] : new double[rows][columns];
    FloatBuffer values = tensor.buffer();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        if (transposed) {
          cells[column][row] = values.get();
        } else {
          cells[row][column] = values.get();
        }
      }
    }
    return new Array2DRowRealMatrix(cells, false);
  }

  private static double effectiveRank(double[] values) {
    double sum = Arrays.stream(values).sum();
    if (sum == 0) {
      return 0;
    }
    double entropy = 0;
    for (double value : values) {
      double share = value / sum;
      entropy -= share > 0 ? share * Math.log(share) : 0;
    }
    return Math.exp(entropy);
  }
}
