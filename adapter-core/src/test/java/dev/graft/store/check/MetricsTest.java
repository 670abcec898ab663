package dev.graft.store.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsTest {
  @Test
  void takesTheNumbersOfARecordButItsCounters() {
    ObjectNode training = JsonNodeFactory.instance.objectNode();
    training.put("steps", 10).put("seed", 7).put("trainLoss", 0.5).put("method", "adamw");
    training.put("diverged", Double.NaN);
    training.putObject("bestEval").put("step", 5).put("evalAccuracy", 0.9);
    training.putObject("eval").put("rows", 100).put("f1", 0.8).put("ok", true);
    training.putObject("metrics").put("perplexity", 12);
    training.putObject("options").put("learningRate", 0.001);

    assertEquals(
        Map.of("trainLoss", 0.5, "evalAccuracy", 0.9, "f1", 0.8, "perplexity", 12.0),
        Metrics.of(training));
  }

  @Test
  void takesAListOfNumbersForNoSection() {
    ObjectNode training = JsonNodeFactory.instance.objectNode();
    training.putArray("eval").add(0.5);

    assertEquals(Map.of(), Metrics.of(training));
  }

  @Test
  void knowsOfWhichLessIsBetter() {
    assertTrue(Metrics.lowerIsBetter("evalLoss"));
    assertTrue(Metrics.lowerIsBetter("PERPLEXITY"));
    assertTrue(Metrics.lowerIsBetter("wordErrorRate"));
    assertFalse(Metrics.lowerIsBetter("evalAccuracy"));
  }
}
