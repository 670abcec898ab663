package dev.graft.adapter.algebra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;

class LoraSpectrumTest {
  @Property(tries = 300)
  void agreesWithTheSingularValuesOfTheWholeUpdate(
      @ForAll @IntRange(min = 1, max = 9) int rank,
      @ForAll @IntRange(min = 1, max = 12) int in,
      @ForAll @IntRange(min = 1, max = 12) int out,
      @ForAll @DoubleRange(min = 0.01, max = 100) double scale,
      @ForAll long seed) {
    LoraWeights weights = random(rank, in, out, new Random(seed));
    LoraSpectrum spectrum = LoraSpectrum.of("m", weights, scale);
    RealMatrix update = dense(weights.b()).multiply(dense(weights.a())).scalarMultiply(scale);
    double[] expected = new SingularValueDecomposition(update).getSingularValues();
    double tolerance = 1e-10 * expected[0] + 1e-12;
    assertEquals(Math.min(rank, Math.min(in, out)), spectrum.singularValues().size());
    for (int i = 0; i < expected.length; i++) {
      double found = i < spectrum.singularValues().size() ? spectrum.singularValues().get(i) : 0;
      assertEquals(expected[i], found, tolerance);
    }
    assertEquals(update.getFrobeniusNorm(), spectrum.frobeniusNorm(), tolerance);
  }

  @Test
  void equalDirectionsCountInFullAndOneAloneAsOne() {
    FloatTensor identity = FloatTensor.of(List.of(2L, 2L), new float[] {1, 0, 0, 1});
    LoraSpectrum two = LoraSpectrum.of("m", new LoraWeights(identity, identity), 3);
    assertEquals(List.of(3.0, 3.0), two.singularValues());
    assertEquals(2, two.effectiveRank(), 1e-12);
    FloatTensor single = FloatTensor.of(List.of(2L, 2L), new float[] {1, 0, 1, 0});
    LoraSpectrum one = LoraSpectrum.of("m", new LoraWeights(single, identity), 1);
    assertEquals(1, one.effectiveRank(), 1e-9);
  }

  @Test
  void anUpdateOfZeroHasNoDirection() {
    LoraWeights weights =
        new LoraWeights(
            FloatTensor.of(List.of(2L, 3L), new float[] {1, 2, 3, 4, 5, 6}),
            FloatTensor.zeros(List.of(4L, 2L)));
    LoraSpectrum spectrum = LoraSpectrum.of("m", weights, 1);
    assertEquals(List.of(0.0, 0.0), spectrum.singularValues());
    assertEquals(0, spectrum.frobeniusNorm());
    assertEquals(0, spectrum.effectiveRank());
  }

  @Test
  void refusesANan() {
    FloatTensor bad = FloatTensor.of(List.of(1L, 1L), new float[] {Float.NaN});
    assertThrows(
        IllegalArgumentException.class, () -> LoraSpectrum.of("m", new LoraWeights(bad, bad), 1));
  }

  @Test
  void doesNotFormTheUpdate() {
    // The update would take 160,000 x 60,000 doubles; the factors take a few megabytes.
    LoraWeights weights = random(2, 60_000, 160_000, new Random(3));
    assertEquals(2, LoraSpectrum.of("m", weights, 1).singularValues().size());
  }

  private static LoraWeights random(int rank, int in, int out, Random random) {
    return new LoraWeights(random(rank, in, random), random(out, rank, random));
  }

  private static FloatTensor random(int rows, int columns, Random random) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return FloatTensor.wrap(List.of((long) rows, (long) columns), values);
  }

  private static RealMatrix dense(FloatTensor tensor) {
    int columns = tensor.shape().get(1).intValue();
    float[] values = tensor.toArray();
    double[][] cells = new double[tensor.shape().get(0).intValue()][columns];
    for (int i = 0; i < values.length; i++) {
      cells[i / columns][i % columns] = values[i];
    }
    return new Array2DRowRealMatrix(cells, false);
  }
}
