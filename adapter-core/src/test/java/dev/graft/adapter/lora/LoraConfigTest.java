package dev.graft.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.TargetModules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoraConfigTest {
  private static final String QUERY = "encoder.layer.3.attention.self.query";

  private static void refused(LoraConfigBuilder builder, String part) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::build);
    assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
  }

  @Test
  void refusesARankOfZero() {
    refused(LoraConfig.builder().rank(0), "rank must be between 1 and");
    refused(LoraConfig.builder().rankPattern(Map.of("query", 0)), "\"query\"");
  }

  @Test
  void refusesAlphasThatAreNotPositive() {
    refused(LoraConfig.builder().alpha(0), "alpha must be a positive number");
    refused(LoraConfig.builder().alpha(Double.NaN), "NaN");
    refused(LoraConfig.builder().alphaPattern(Map.of("query", -1.0)), "\"query\"");
  }

  @Test
  void refusesADropoutThatLeavesNothing() {
    refused(LoraConfig.builder().dropout(1), "[0, 1)");
    refused(LoraConfig.builder().dropout(Double.NaN), "[0, 1)");
  }

  @Test
  void refusesPatternsThatAreNone() {
    refused(LoraConfig.builder().rankPattern(Map.of("(", 3)), "not a regular expression");
  }

  @Test
  void refusesLayersWithoutAListOfTargets() {
    refused(
        LoraConfig.builder().targets(TargetModules.parse(".*")).layersToTransform(List.of(1)),
        "given as a list");
    refused(LoraConfig.builder().layersPattern(List.of("layer")), "without layers_to_transform");
  }

  @Test
  void scalesByAlphaOverRankOrItsRoot() {
    assertEquals(2, LoraConfig.of(8, 16, TargetModules.none()).scaleOf(QUERY));
    assertEquals(4, LoraConfig.builder().rank(16).alpha(16).useRslora(true).build().scaleOf(QUERY));
  }

  @Test
  void theFirstPatternThatMatchesTheEndOfAPathCounts() {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("layer.3.attention.self.query", 4);
    ranks.put("query", 2);
    ranks.put("layer\\.[0-2]\\..*", 1);
    LoraConfig config = LoraConfig.builder().rank(8).rankPattern(ranks).build();
    assertEquals(4, config.rankOf(QUERY));
    assertEquals(2, config.rankOf("encoder.layer.4.attention.self.query"));
    assertEquals(2, config.rankOf("query"));
    assertEquals(8, config.rankOf("encoder.layer.4.attention.self.my_query"));
    assertEquals(1, config.rankOf("encoder.layer.2.output.dense"));
    assertEquals(8, config.rankOf("encoder.layer.3.output.dense"));
  }

  @Test
  void patternsHoldForScaleToo() {
    LoraConfig config =
        LoraConfig.builder()
            .rank(8)
            .alpha(16)
            .rankPattern(Map.of("a|query", 4))
            .alphaPattern(Map.of("query|b", 6.0))
            .build();
    assertEquals(1.5, config.scaleOf(QUERY));
    assertEquals(4, config.scaleOf("x.a"));
    assertEquals(0.75, config.scaleOf("b"));
    assertEquals(2, config.scaleOf("c"));
  }

  @Test
  void aBuilderStartsFromAllOfAConfiguration() {
    LoraConfig config =
        new LoraConfig(
            3,
            5,
            TargetModules.suffixes("query"),
            TargetModules.parse(".*x"),
            List.of(1),
            List.of("layer"),
            Map.of("query", 2),
            Map.of("query", 7.0),
            true,
            true,
            0.1,
            List.of("classifier"),
            java.util.Optional.of("SEQ_CLS"),
            java.util.Optional.of("base"),
            java.util.Optional.of("main"),
            InitLoraWeights.GAUSSIAN);
    assertEquals(config, config.toBuilder().build());
  }
}
