package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.session.BasePrecision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingOptionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void survivesJsonWithEveryOptionSet() throws JsonProcessingException {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("value", 4);
    ranks.put("query", 2);
    TrainingOptions options =
        TrainingOptions.builder()
            .adapterType(TrainedType.PREFIX)
            .virtualTokens(7)
            .initPrompt(Optional.of("Be brief."))
            .pack(true)
            .rank(3)
            .alpha(6.5)
            .targets(TargetModules.suffixes("query", "value"))
            .excludeModules(new TargetModules.Regex(".*layer\\.0.*"))
            .layersToTransform(List.of(1, 2))
            .rankPattern(ranks)
            .alphaPattern(Map.of("value", 2.5))
            .useRslora(true)
            .loraDropout(0.05)
            .init(InitLoraWeights.GAUSSIAN)
            .learningRate(1e-4)
            .loraPlusRatio(16)
            .schedule(Schedule.COSINE)
            .warmupSteps(5)
            .epochs(2)
            .maxSteps(OptionalInt.of(77))
            .batchSize(5)
            .accumulate(6)
            .maxLength(33)
            .shuffle(false)
            .bucketing(false)
            .seed(-9_000_000_000L)
            .weightDecay(0)
            .beta1(0.8)
            .beta2(0.9)
            .epsilon(1e-6)
            .clip(0)
            .labelSmoothing(0.1)
            .classWeights(new ClassWeights.ByLabel(Map.of("a", 2.0)))
            .ignoreLabel(Optional.of("none"))
            .evalEvery(3)
            .earlyStoppingPatience(4)
            .bestBy(BestBy.ACCURACY)
            .keepBest(false)
            .tokensPerRun(256)
            .gradientCheckpointing(true)
            .basePrecision(BasePrecision.INT8)
            .checkpointEvery(9)
            .threads(OptionalInt.of(2))
            .build();
    JsonNode written = JSON.readTree(options.toJson().toString());
    assertEquals(options, TrainingOptions.fromJson(written));
    assertEquals(List.of("value", "query"), List.copyOf(options.rankPattern().keySet()));
    for (String name : TrainingOptions.names()) {
      assertEquals(Origin.FLAG, options.origin(name), name);
      assertTrue(
          !options.value(name).equals(TrainingOptions.defaults().value(name)),
          name + " has its default here, so that the test says nothing about it");
    }
  }

  @Test
  void remembersWhereValuesCameFrom() {
    TrainingOptions options =
        TrainingOptions.builder()
            .set("rank", IntNode.valueOf(4), Origin.ENV)
            .set("schedule", TextNode.valueOf("cosine"), Origin.FILE)
            .build();
    assertEquals(Origin.ENV, options.origin("rank"));
    assertEquals(Origin.FILE, options.origin("schedule"));
    assertEquals(Origin.DEFAULT, options.origin("alpha"));
    assertEquals("env", options.toJson().at("/rank/origin").asText());
    TrainingOptions carried = options.withOrigin(Origin.CHECKPOINT);
    assertEquals(Origin.CHECKPOINT, carried.origin("rank"));
    assertEquals(Origin.DEFAULT, carried.origin("alpha"));
  }

  @Test
  void takesNumbersAndTruthValuesAsText() {
    TrainingOptions options =
        TrainingOptions.builder()
            .set("rank", TextNode.valueOf("4"), Origin.ENV)
            .set("learningRate", TextNode.valueOf("1e-2"), Origin.ENV)
            .set("shuffle", TextNode.valueOf("false"), Origin.ENV)
            .build();
    assertEquals(4, options.rank());
    assertEquals(0.01, options.learningRate());
    assertEquals(false, options.shuffle());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rank|0|rank must be between 1 and",
        "alpha|-1|alpha must be a positive number",
        "loraDropout|1|loraDropout must be in [0, 1), found 1.0",
        "loraDropout|-0.1|loraDropout must be in [0, 1), found -0.1",
        "learningRate|0|learningRate must be a number above 0, found 0.0",
        "learningRate|\"NaN\"|learningRate must be a number above 0, found NaN",
        "loraPlusRatio|0|loraPlusRatio must be a number above 0",
        "warmupSteps|-1|warmupSteps must be at least 0, found -1",
        "epochs|0|epochs must be at least 1, found 0",
        "maxSteps|0|maxSteps must be at least 1, found 0",
        "batchSize|0|batchSize must be at least 1",
        "accumulate|0|accumulate must be at least 1",
        "maxLength|0|maxLength must be at least 1",
        "weightDecay|-0.1|weightDecay must be a number of at least 0, found -0.1",
        "beta1|1|beta1 must be in [0, 1), found 1.0",
        "beta2|-0.5|beta2 must be in [0, 1), found -0.5",
        "epsilon|0|epsilon must be a number above 0",
        "clip|-1|clip must be a number of at least 0",
        "labelSmoothing|1|labelSmoothing must be in [0, 1), found 1.0",
        "evalEvery|-1|evalEvery must be at least 0",
        "earlyStoppingPatience|-1|earlyStoppingPatience must be at least 0",
        "checkpointEvery|-1|checkpointEvery must be at least 0",
        "threads|0|threads must be at least 1, found 0",
        "classWeights|{\"a\": -1}|class weight of label \"a\" must be a number of at least 0",
        "rank|\"many\"|option \"rank\" is \"many\", expected a whole number",
        "rank|2.5|option \"rank\" is 2.5, expected a whole number",
        "schedule|\"linaer\"|expected one of constant, linear, cosine; did you mean \"linear\"?",
        "shuffle|\"maybe\"|option \"shuffle\" is \"maybe\", expected true or false",
        "classWeights|\"balance\"|did you mean \"balanced\"?",
        "learningrate|1|unknown training option \"learningrate\"; did you mean \"learningRate\"",
      })
  void refuses(String name, String json, String message) throws JsonProcessingException {
    JsonNode value = JSON.readTree(json);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> TrainingOptions.builder().set(name, value, Origin.FLAG).build());
    assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
  }
}
