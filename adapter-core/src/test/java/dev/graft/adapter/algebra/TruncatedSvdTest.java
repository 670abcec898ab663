package dev.graft.adapter.algebra;

import static dev.graft.adapter.algebra.Loras.matrix;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncatedSvdTest {
  private static float[][] random(long seed, int rows, int columns) {
    Random random = new Random(seed);
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int j = 0; j < columns; j++) {
        row[j] = (float) random.nextGaussian();
      }
    }
    return matrix;
  }

  @ParameterizedTest
  @CsvSource({"30, 20, 4", "20, 30, 4", "7, 9, 7", "9, 7, 7", "1, 5, 1"})
  void smallMatricesAreDecomposedExactly(int rows, int columns, int rank) {
    float[][] matrix = random(1, rows, columns);
    double[] values = new SingularValueDecomposition(matrix(matrix)).getSingularValues();
    double kept = 0;
    for (int i = 0; i < rank; i++) {
      kept += values[i] * values[i];
    }

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, rank);

    assertEquals(kept, found.squaresKept(), 1e-6 * kept);
    assertEquals(Math.sqrt(Math.max(0, found.squares() - kept)), difference(matrix, found), 1e-4);
  }

  private static double difference(float[][] matrix, LowRankSum.Truncated found) {
    RealMatrix product = matrix(found.weights().b()).multiply(matrix(found.weights().a()));
    return matrix(matrix).subtract(product).getFrobeniusNorm();
  }

  @Test
  void largeMatricesComeWithinAThousandthOfTheSmallestError() {
    // Six strong directions in noise whose own singular values hardly fall; half of it pruned.
    int side = TruncatedSvd.EXACT_SIDE + 40;
    float[][] matrix = random(2, side, side + 60);
    float[][] left = random(3, 6, side);
    float[][] right = random(4, 6, side + 60);
    for (int i = 0; i < side; i++) {
      for (int k = 0; k < 6; k++) {
        Axpy.add(matrix[i], (k + 1) * 0.2f * left[k][i], right[k], 0, side + 60);
      }
    }
    MagnitudeThreshold.of(matrix, side * (side + 60L) / 2).prune(matrix);
    int rank = 12;

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, rank);

    double[] values = exact(matrix);
    double lost = found.squares();
    for (int i = 0; i < rank; i++) {
      lost -= values[i];
    }
    double best = Math.sqrt(lost);
    double real = difference(matrix, found);
    assertTrue(real <= 1.001 * best, () -> real + " for " + best);
    assertEquals(Math.sqrt(found.squares() - found.squaresKept()), real, 1e-3 * real);
  }

  private static double[] exact(float[][] matrix) {
    Small.Eigen eigen = Small.eigen(ThinRows.gram(matrix));
    double[] values = new double[eigen.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = eigen.value(i);
    }
    return values;
  }

  @Test
  void aLargeMatrixOfLittleRankIsFoundExactly() {
    int side = TruncatedSvd.EXACT_SIDE + 8;
    float[][] matrix = new float[side][side];
    float[][] left = random(3, 2, side);
    float[][] right = random(4, 2, side);
    for (int i = 0; i < side; i++) {
      Axpy.add(matrix[i], left[0][i], right[0], 0, side);
      Axpy.add(matrix[i], left[1][i], right[1], 0, side);
    }

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, 5);

    assertEquals(0, difference(matrix, found) / Math.sqrt(found.squares()), 1e-5);
    assertEquals(5, found.weights().rank());
  }

  @Test
  void aMatrixOfZerosHasNoDirections() {
    int side = TruncatedSvd.EXACT_SIDE + 8;

    assertTrue(TruncatedSvd.of(new float[side][side], 3).weights().isZero());
    assertTrue(TruncatedSvd.of(new float[4][5], 3).weights().isZero());
  }
}
