package dev.graft.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeededRandomTest {
  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-300, 0.1, 0.25, 0.5, 0.7, 1 - 0x1p-53, 1})
  void keepsTheValuesWhoseNumberIsBelowTheBound(double bound) {
    float[] values = new float[1000];
    float[] expected = new float[values.length];
    SeededRandom numbers = SeededRandom.of(3, "x");
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 2 == 0 ? i + 1 : -i;
      expected[i] = numbers.uniform() < bound ? values[i] : 0;
    }
    SeededRandom random = SeededRandom.of(3, "x");

    random.keepBelow(SeededRandom.limitOf(bound), values, 0, 400);
    random.keepBelow(SeededRandom.limitOf(bound), values, 400, values.length);

    assertArrayEquals(expected, values);
    assertEquals(numbers.bits(), random.bits());
  }

  @Test
  void countsTheNumbersBelowABound() {
    assertEquals(0, SeededRandom.limitOf(0));
    assertEquals(1L << 52, SeededRandom.limitOf(0.5));
    assertEquals(3, SeededRandom.limitOf(3 * 0x1p-53));
    assertEquals(4, SeededRandom.limitOf(3.75 * 0x1p-53));
    assertEquals((1L << 53) - 1, SeededRandom.limitOf(1));
  }
}
