package dev.graft.adapter.algebra;

import static dev.graft.adapter.algebra.Loras.matrix;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, rank, new Scratch());

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
    MagnitudeThreshold half = MagnitudeThreshold.of(matrix, side * (side + 60L) / 2);
    for (int i = 0; i < side; i++) {
      half.prune(matrix[i], i);
    }
    int rank = 12;

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, rank, new Scratch());

    double best = smallestError(matrix, found, rank);
    double real = difference(matrix, found);
    assertTrue(real <= 1.001 * best, () -> real + " for " + best);
    assertEquals(Math.sqrt(found.squares() - found.squaresKept()), real, 1e-3 * real);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5})
  void manyDirectionsOfEqualStrengthComeWithinAHundredth(double density) {
    int side = TruncatedSvd.EXACT_SIDE + 88;
    int rank = 16;
    float[][] matrix = new float[side][side];
    DenseRows.multiply(random(7, side, 2 * rank), random(8, 2 * rank, side), matrix);
    RandomMask mask = new RandomMask(density, 1, "equal");
    for (int i = 0; i < side; i++) {
      mask.prune(matrix[i], i);
    }

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, rank, new Scratch());

    double best = smallestError(matrix, found, rank);
    double real = difference(matrix, found);
    assertTrue(real <= 1.01 * best, () -> real + " for " + best);
  }

  private static double smallestError(float[][] matrix, LowRankSum.Truncated found, int rank) {
    double[] values = exact(matrix);
    double lost = found.squares();
    for (int i = 0; i < rank; i++) {
      lost -= values[i];
    }
    return Math.sqrt(lost);
  }

  private static double[] exact(float[][] matrix) {
    Small.Eigen eigen = Small.eigen(ThinRows.gram(matrix));
    double[] values = new double[eigen.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = eigen.value(i);
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({"2, 5", "24, 24", "40, 64", "64, 64"})
  void aLargeMatrixOfLittleRankIsFoundExactly(int rank, int wanted) {
    int side = TruncatedSvd.EXACT_SIDE + 8;
    float[][] matrix = new float[side][side + 3];
    DenseRows.multiply(random(3, side, rank), random(4, rank, side + 3), matrix);

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, wanted, new Scratch());

    assertEquals(0, difference(matrix, found) / Math.sqrt(found.squares()), 1e-5);
    assertEquals(wanted, found.weights().rank());
  }

  @Test
  void aRankOfTheWholeSideLosesNothing() {
    int side = TruncatedSvd.EXACT_SIDE + 1;
    float[][] matrix = random(5, side, side + 2);

    LowRankSum.Truncated found = TruncatedSvd.of(matrix, side, new Scratch());

    assertEquals(0, difference(matrix, found) / Math.sqrt(found.squares()), 1e-5);
  }

  @ParameterizedTest
  @ValueSource(floats = {1e19f, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN})
  void refusesWhatDoesNotFitIntoFloats(float value) {
    float[][] matrix = random(6, 4, 5);
    matrix[2][3] = value;

    CombinationException e =
        assertThrows(CombinationException.class, () -> TruncatedSvd.of(matrix, 3, new Scratch()));

    assertTrue(e.toString().contains("use smaller weights"), e.toString());
  }

  private static LowRankSum.Truncated zeros(int rows, int columns) {
    return TruncatedSvd.of(new float[rows][columns], 3, new Scratch());
  }

  @Test
  void aMatrixOfZerosHasNoDirections() {
    int side = TruncatedSvd.EXACT_SIDE + 8;

    assertTrue(zeros(side, side).weights().isZero());
    assertTrue(zeros(4, 5).weights().isZero());
  }
}
