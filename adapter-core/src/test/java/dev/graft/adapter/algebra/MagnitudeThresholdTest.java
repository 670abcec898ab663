package dev.graft.adapter.algebra;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MagnitudeThresholdTest {
  private static float[] pruned(long count, float... values) {
    float[][] rows = {values.clone()};
    prune(count, rows);
    return rows[0];
  }

  private static void prune(long count, float[][] rows) {
    MagnitudeThreshold threshold = MagnitudeThreshold.of(rows, count);
    // Rows are pruned in any order.
    for (int i = rows.length - 1; i >= 0; i--) {
      threshold.prune(rows[i], i);
    }
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
  void keepsTheFirstOfEqualMagnitudesInAllRows() {
    float[][] rows = {{1, 2, 0}, {-1, 1, 3}, {1, 1, 4}};

    prune(5, rows);

    assertArrayEquals(new float[][] {{1, 2, 0}, {-1, 0, 3}, {0, 0, 4}}, rows);
  }

  @Test
  void countsAllRowsHoweverManyThereAre() {
    float[][] rows = new float[37][3];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new float[] {i + 1, -i - 1.5f, 0.25f};
    }

    prune(20, rows);

    for (int i = 0; i < rows.length; i++) {
      float[] expected = i < 27 ? new float[3] : new float[] {i + 1, -i - 1.5f, 0};
      assertArrayEquals(expected, rows[i]);
    }
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
