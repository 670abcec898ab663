package dev.graft.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LoraInitTest {
  private static LoraWeights weights(InitLoraWeights init, long seed, String module) {
    return LoraInit.weights(init, seed, module, 384, 96, 64);
  }

  private static double standardDeviation(float[] values) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / values.length;
    assertEquals(0, mean, 4 * Math.sqrt(squares) / values.length);
    return Math.sqrt(squares / values.length - mean * mean);
  }

  @Test
  void theDefaultIsUniformWithinOneOverTheRootOfIn() {
    LoraWeights weights = weights(InitLoraWeights.DEFAULT, 1, "query");
    double bound = 1 / Math.sqrt(384);
    double largest = 0;
    for (float value : weights.a().toArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertTrue(largest <= bound && largest > 0.999 * bound, "largest " + largest);
    assertEquals(bound / Math.sqrt(3), standardDeviation(weights.a().toArray()), 0.01 * bound);
  }

  @Test
  void gaussianHasADeviationOfOneOverTheRank() {
    LoraWeights weights = weights(InitLoraWeights.GAUSSIAN, 1, "query");
    assertEquals(1 / 64.0, standardDeviation(weights.a().toArray()), 0.02 / 64);
  }

  @Test
  void theUpdateIsZero() {
    assertTrue(weights(InitLoraWeights.DEFAULT, 1, "query").b().isZero());
    assertTrue(weights(InitLoraWeights.GAUSSIAN, 1, "query").b().isZero());
  }

  @Test
  void seedAndModuleAloneDecide() {
    LoraWeights one = weights(InitLoraWeights.DEFAULT, 1, "query");
    assertEquals(one, weights(InitLoraWeights.DEFAULT, 1, "query"));
    assertNotEquals(one, weights(InitLoraWeights.DEFAULT, 2, "query"));
    assertNotEquals(one, weights(InitLoraWeights.DEFAULT, 1, "value"));
  }

  @Test
  void theValuesNeverChangeBetweenVersions() {
    float[] a = LoraInit.weights(InitLoraWeights.DEFAULT, 42, "m", 4, 1, 1).a().toArray();
    float[] g = LoraInit.weights(InitLoraWeights.GAUSSIAN, 42, "m", 4, 1, 1).a().toArray();
    assertArrayEquals(new float[] {0.2755906f, 0.4939306f, -0.1421334f, 0.067701384f}, a);
    assertArrayEquals(new float[] {0.7124059f, -1.3058342f, -1.1315677f, -0.22108722f}, g);
  }

  @Test
  void refusesARankOfZero() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LoraInit.weights(InitLoraWeights.DEFAULT, 1, "m", 4, 4, 0));
  }
}
