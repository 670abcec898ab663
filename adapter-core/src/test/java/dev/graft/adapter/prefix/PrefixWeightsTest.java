package dev.graft.adapter.prefix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrefixWeightsTest {
  private static PrefixLayer layer(long... shape) {
    FloatTensor zeros = FloatTensor.zeros(java.util.Arrays.stream(shape).boxed().toList());
    return new PrefixLayer(zeros, zeros);
  }

  private static void refused(org.junit.jupiter.api.function.Executable made, String... parts) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, made);
    for (String part : parts) {
      assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
    }
  }

  @Test
  void saysItsOwnConfiguration() {
    PrefixConfig config = new PrefixWeights(List.of(layer(3, 20, 64), layer(3, 20, 64))).config();
    assertEquals(PrefixConfig.of(20, 2, 3, 64), config);
    assertEquals(192, config.tokenDim());
    assertEquals(List.of(3L, 20L, 64L), config.layerShape());
  }

  @Test
  void refusesNothingAtAll() {
    refused(() -> new PrefixWeights(List.of()), "empty");
    refused(() -> layer(3, 0, 64), "empty");
  }

  @Test
  void refusesLayersOfDifferentShapes() {
    refused(
        () -> new PrefixWeights(List.of(layer(3, 20, 64), layer(3, 19, 64))),
        "layer 1",
        "[3, 19, 64]",
        "[3, 20, 64]");
  }

  @Test
  void refusesKeysAndValuesOfDifferentShapes() {
    FloatTensor key = FloatTensor.zeros(List.of(1L, 2L, 3L));
    refused(() -> new PrefixLayer(key, FloatTensor.zeros(List.of(1L, 3L, 2L))), "differ");
    refused(() -> new PrefixLayer(key, FloatTensor.zeros(List.of(6L))), "[6]");
  }

  @Test
  void refusesAConfigurationOfOtherHeads() {
    PrefixWeights weights = new PrefixWeights(List.of(layer(3, 20, 64)));
    for (PrefixConfig other :
        List.of(
            PrefixConfig.of(20, 1, 9, 64),
            PrefixConfig.of(20, 2, 3, 64),
            PrefixConfig.of(19, 1, 3, 64),
            PrefixConfig.of(20, 1, 3, 32))) {
      refused(
          () -> Adapter.of(other, weights, Map.of(), GraftRecord.empty()),
          "[3, 20, 64]",
          other.layerShape().toString());
    }
  }

  @Test
  void refusesSizesThatAreNoneOrBeyondAnArray() {
    refused(() -> PrefixConfig.of(0, 1, 1, 1), "virtual tokens", "found 0");
    refused(() -> PrefixConfig.of(1, -1, 1, 1), "layers", "found -1");
    refused(() -> PrefixConfig.of(1, 1, 0, 1), "heads");
    refused(() -> PrefixConfig.of(1, 1, 1, 0), "size of a head");
    int most = Integer.MAX_VALUE;
    refused(() -> PrefixConfig.of(most, most, most, most), "fewer virtual tokens");
  }
}
