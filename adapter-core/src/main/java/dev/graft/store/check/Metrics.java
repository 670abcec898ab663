package dev.graft.store.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** How good an adapter is, by name, as its training record tells it. */
public final class Metrics {
  /** Objects of the training record whose numbers are measurements. */
  private static final List<String> SECTIONS = List.of("bestEval", "eval", "metrics");

  private static final Set<String> COUNTERS =
      Set.of("step", "steps", "adapterStep", "rows", "seed");
  private static final List<String> LOWER_IS_BETTER = List.of("loss", "perplexity", "error");

  private Metrics() {}

  /**
   * The metrics in a training record: the numbers beside its counters, and those in {@code
   * bestEval}, {@code eval} and {@code metrics}.
   */
  public static SortedMap<String, Double> of(ObjectNode training) {
    SortedMap<String, Double> metrics = new TreeMap<>();
    collect(training, metrics);
    for (String section : SECTIONS) {
      if (training.get(section) instanceof ObjectNode numbers) {
        collect(numbers, metrics);
      }
    }
    return metrics;
  }

  private static void collect(ObjectNode object, Map<String, Double> metrics) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode value = field.getValue();
      if (value.isNumber()
          && Double.isFinite(value.doubleValue())
          && !COUNTERS.contains(field.getKey())) {
        metrics.put(field.getKey(), value.doubleValue());
      }
    }
  }

  /** Whether less of it is better, as of a loss. */
  public static boolean lowerIsBetter(String metric) {
    String lower = metric.toLowerCase(Locale.ROOT);
    return LOWER_IS_BETTER.stream().anyMatch(lower::contains);
  }
}
