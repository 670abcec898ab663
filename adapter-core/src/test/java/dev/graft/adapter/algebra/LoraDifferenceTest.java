package dev.graft.adapter.algebra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;

class LoraDifferenceTest {
  private final Random random = new Random(3);

  @Test
  void agreesWithTheWholeMatrices() {
    LoraWeights one = weights(3, 7, 5);
    LoraWeights other = weights(2, 7, 5);

    LoraDifference found = LoraDifference.of("q", one, 0.5, other, -2);

    RealMatrix left = update(one).scalarMultiply(0.5);
    RealMatrix right = update(other).scalarMultiply(-2);
    assertEquals(left.getFrobeniusNorm(), found.norm(), 1e-9);
    assertEquals(right.getFrobeniusNorm(), found.otherNorm(), 1e-9);
    assertEquals(left.subtract(right).getFrobeniusNorm(), found.differenceNorm(), 1e-9);
    double product = left.transpose().multiply(right).getTrace();
    assertEquals(
        product / left.getFrobeniusNorm() / right.getFrobeniusNorm(), found.cosine(), 1e-9);
  }

  @Test
  void findsNoDifferenceBetweenAnUpdateAndItselfInOtherFactors() {
    LoraWeights one = weights(2, 6, 4);
    LoraWeights doubled = new LoraWeights(one.a().scaled(2), one.b());

    LoraDifference found = LoraDifference.of("q", one, 1, doubled, 0.5);

    assertEquals(0, found.differenceNorm(), 1e-5);
    assertEquals(1, found.cosine(), 1e-9);
    assertEquals(1, found.outputOverlap(), 1e-6);
    assertEquals(1, found.inputOverlap(), 1e-6);
  }

  @Test
  void findsNoOverlapOfOrthogonalSpacesAndHalfOfHalfOrthogonalOnes() {
    LoraWeights one = new LoraWeights(unit(4, 0, 1), unit(4, 0, 1).transposed());
    LoraWeights other = new LoraWeights(unit(4, 1, 2), unit(4, 2, 3).transposed());

    LoraDifference found = LoraDifference.of("q", one, 1, other, 1);

    assertEquals(0, found.outputOverlap(), 1e-9);
    assertEquals(0.5, found.inputOverlap(), 1e-9);
  }

  @Test
  void countsASpaceThatTwoFactorsSpanTogetherOnce() {
    FloatTensor twice = FloatTensor.wrap(List.of(2L, 3L), new float[] {1, 2, 3, 2, 4, 6});
    LoraWeights flat = new LoraWeights(twice, twice.transposed());
    FloatTensor once = FloatTensor.wrap(List.of(1L, 3L), new float[] {1, 2, 3});
    LoraWeights thin = new LoraWeights(once, once.transposed());

    LoraDifference found = LoraDifference.of("q", flat, 1, thin, 1);

    assertEquals(1, found.outputOverlap(), 1e-6);
    assertEquals(1, found.inputOverlap(), 1e-6);
  }

  @Test
  void refusesUpdatesOfDifferentShapes() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LoraDifference.of("q", weights(2, 6, 4), 1, weights(2, 6, 5), 1));
  }

  private LoraWeights weights(int rank, int in, int out) {
    return new LoraWeights(tensor(rank, in), tensor(out, rank));
  }

  private FloatTensor tensor(long rows, long columns) {
    float[] values = new float[Math.toIntExact(rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return FloatTensor.wrap(List.of(rows, columns), values);
  }

  /** Two rows of the identity. */
  private static FloatTensor unit(int size, int first, int second) {
    float[] values = new float[2 * size];
    values[first] = 1;
    values[size + second] = 1;
    return FloatTensor.wrap(List.of(2L, (long) size), values);
  }

  private static RealMatrix update(LoraWeights weights) {
    return matrix(weights.b()).multiply(matrix(weights.a()));
  }

  private static RealMatrix matrix(FloatTensor tensor) {
    int columns = Math.toIntExact(tensor.shape().get(1));
    float[] values = tensor.toArray();
    double[][] cells = new double[values.length / columns][columns];
    for (int i = 0; i < values.length; i++) {
      cells[i / columns][i % columns] = values[i];
    }
    return new Array2DRowRealMatrix(cells, false);
  }
}
