package dev.graft.adapter.algebra;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MagnitudeThresholdTest {
  private static float[] pruned(long count, float... values) {
    float[][] rows = {values.clone()};
    MagnitudeThreshold.of(rows, count).prune(rows);
    return rows[0];
  }

  @Test
  void keepsTheLargestWhateverTheirSign() {
    assertArrayEquals(new float[] {0, -3, 0, 2, 0}, pruned(2, 1, -3, 0, 2, -1.5f));
  }

  @Test
  void keepsTheFirstOfEqualMagnitudes() {
    assertArrayEquals(new float[] {1, -1, 0, 0}, pruned(2, 1, -1, 1, -1));
  }

  @Test
  void keepsAll() {
    assertArrayEquals(new float[] {1, 0, -2}, pruned(3, 1, 0, -2));
  }

  @Test
  void keepsWhatSortingWouldKeep() {
    Random random = new Random(1);
    float[] values = new float[5000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.exp(10 * random.nextGaussian()));
    }
    float[] sorted = new float[values.length];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = Math.abs(values[i]);
    }
    Arrays.sort(sorted);

    float[] kept = pruned(1234, values);

    for (int i = 0; i < values.length; i++) {
      boolean large = Math.abs(values[i]) >= sorted[values.length - 1234];
      assertEquals(large ? values[i] : 0, kept[i]);
    }
  }
}
