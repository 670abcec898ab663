package dev.graft.adapter.prefix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.adapter.FloatTensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrefixInitTest {
  private static final PrefixConfig CONFIG = PrefixConfig.of(20, 2, 3, 64);

  @Test
  void randomValuesAreStandardNormal() {
    for (PrefixLayer layer : PrefixInit.random(CONFIG, 1).layers()) {
      for (FloatTensor tensor : List.of(layer.key(), layer.value())) {
        double sum = 0;
        double squares = 0;
        for (float value : tensor.toArray()) {
          sum += value;
          squares += (double) value * value;
        }
        // Four standard errors of the mean and of the variance of so many values.
        assertEquals(0, sum / tensor.size(), 4 / Math.sqrt(tensor.size()));
        assertEquals(1, squares / tensor.size(), 4 * Math.sqrt(2.0 / tensor.size()));
      }
    }
  }

  @Test
  void seedAndPlaceDecide() {
    PrefixWeights one = PrefixInit.random(CONFIG, 1);
    assertEquals(one, PrefixInit.random(CONFIG, 1));
    assertNotEquals(one, PrefixInit.random(CONFIG, 2));
    assertNotEquals(one.layers().get(0).key(), one.layers().get(0).value());
    assertNotEquals(one.layers().get(0), one.layers().get(1));
    assertEquals(CONFIG, one.config());
  }

  @Test
  void theValuesNeverChangeBetweenVersions() {
    FloatTensor key = PrefixInit.random(PrefixConfig.of(1, 1, 1, 4), 42).layers().get(0).key();
    assertArrayEquals(
        new float[] {-1.0393401f, 0.40252483f, 1.1697242f, -1.0417287f}, key.toArray());
  }

  private static FloatTensor counting(List<Long> shape, int from) {
    float[] values = new float[12];
    for (int i = 0; i < values.length; i++) {
      values[i] = from + i;
    }
    return FloatTensor.wrap(shape, values);
  }

  @Test
  void takesTheCacheOfAPromptAsItIs() {
    List<Long> cached = List.of(1L, 2L, 3L, 2L);
    PrefixWeights weights =
        PrefixInit.fromCache(List.of(counting(cached, 1)), List.of(counting(cached, 50)));
    List<Long> shape = List.of(2L, 3L, 2L);
    assertEquals(
        List.of(new PrefixLayer(counting(shape, 1), counting(shape, 50))), weights.layers());
    assertEquals(
        weights, PrefixInit.fromCache(List.of(counting(shape, 1)), List.of(counting(shape, 50))));
  }

  @Test
  void refusesTheCacheOfTwoPromptsAndOfUnequalHalves() {
    FloatTensor two = counting(List.of(2L, 1L, 3L, 2L), 1);
    assertThrows(
        IllegalArgumentException.class, () -> PrefixInit.fromCache(List.of(two), List.of(two)));
    FloatTensor one = counting(List.of(2L, 3L, 2L), 1);
    assertThrows(
        IllegalArgumentException.class, () -> PrefixInit.fromCache(List.of(one), List.of()));
    assertThrows(IllegalArgumentException.class, () -> PrefixInit.fromCache(List.of(), List.of()));
  }
}
