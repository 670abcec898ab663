package dev.graft.store.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A JSON object of numbers, sorted by name. */
final class MetricsJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private MetricsJson() {}

  static String write(Map<String, Double> metrics) {
    try {
      return MAPPER.writeValueAsString(new TreeMap<>(metrics));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers cannot be written as JSON", e);
    }
  }

  static SortedMap<String, Double> read(String json) {
    SortedMap<String, Double> metrics = new TreeMap<>();
    try {
      for (Map.Entry<String, JsonNode> field : MAPPER.readTree(json).properties()) {
        metrics.put(field.getKey(), field.getValue().doubleValue());
      }
    } catch (JsonProcessingException e) {
      throw new BadRowException("column metrics is not JSON");
    }
    return metrics;
  }
}
