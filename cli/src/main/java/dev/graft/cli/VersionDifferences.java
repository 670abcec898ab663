package dev.graft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.GraftRecord;
import dev.graft.store.StoredAdapter;
import dev.graft.store.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * In what two versions differ, apart from their weights.
 *
 * @param facts what is not the same in both
 * @param metrics all metrics of either
 */
record VersionDifferences(List<Fact> facts, List<Metric> metrics) {
  /** The parts of a training record that decide what comes out. */
  private static final List<String> PARTS = List.of("options", "inputs");

  /** Something that both have, each in its way. */
  record Fact(String what, String first, String second) {}

  /** How good both are by one measure, where they say it. */
  record Metric(String name, @Nullable Double first, @Nullable Double second) {}

  static VersionDifferences between(StoredAdapter one, StoredAdapter other) {
    SortedMap<String, String> first = facts(one);
    SortedMap<String, String> second = facts(other);
    TreeSet<String> names = new TreeSet<>(first.keySet());
    names.addAll(second.keySet());
    List<Fact> facts = new ArrayList<>();
    for (String name : names) {
      String here = first.getOrDefault(name, "");
      String there = second.getOrDefault(name, "");
      if (!here.equals(there)) {
        facts.add(new Fact(name, here, there));
      }
    }
    return new VersionDifferences(facts, metrics(one.version(), other.version()));
  }

  private static SortedMap<String, String> facts(StoredAdapter stored) {
    Version version = stored.version();
    GraftRecord record = stored.adapter().record();
    SortedMap<String, String> facts = new TreeMap<>();
    facts.put("base", version.baseDigest());
    facts.put("tokenizer", version.tokenizerDigest());
    facts.put("type", version.type());
    facts.put("rank", String.valueOf(version.rank()));
    facts.put("modules", String.valueOf(stored.adapter().weights().partCount()));
    facts.put("digest", version.digest());
    record.task().ifPresent(task -> facts.put("task", task));
    record.pooling().ifPresent(pooling -> facts.put("pooling", pooling));
    if (!record.labels().isEmpty()) {
      facts.put("labels", String.join(", ", record.labels()));
    }
    ObjectNode training = record.training();
    for (String part : PARTS) {
      for (Map.Entry<String, JsonNode> field : training.path(part).properties()) {
        JsonNode value = field.getValue();
        facts.put(
            "%s.%s".formatted(part, field.getKey()),
            value.isValueNode() ? value.asText() : value.toString());
      }
    }
    return facts;
  }

  private static List<Metric> metrics(Version one, Version other) {
    TreeSet<String> names = new TreeSet<>(one.metrics().keySet());
    names.addAll(other.metrics().keySet());
    return names.stream()
        .map(name -> new Metric(name, one.metrics().get(name), other.metrics().get(name)))
        .toList();
  }
}
