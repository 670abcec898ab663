package dev.graft.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.algebra.LoraDifference;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares two versions. */
final class DiffReader {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final Checkout checkout;

  DiffReader(Checkout checkout) {
    this.checkout = checkout;
  }

  VersionDiff of(AdapterReference one, AdapterReference other) throws IOException {
    StoredAdapter first = checkout.inspect(one).adapter();
    StoredAdapter second = checkout.inspect(other).adapter();
    Map<String, LoraWeights> left = modules(first.adapter());
    Map<String, LoraWeights> right = modules(second.adapter());
    List<LoraDifference> differences = new ArrayList<>();
    for (Map.Entry<String, LoraWeights> module : left.entrySet()) {
      LoraWeights match = right.get(module.getKey());
      if (match != null && isSameShape(module.getValue(), match)) {
        String name = module.getKey();
        differences.add(
            LoraDifference.of(
                name,
                module.getValue(),
                first.adapter().scaleOf(name),
                match,
                second.adapter().scaleOf(name)));
      }
    }
    List<String> compared = differences.stream().map(LoraDifference::module).toList();
    return new VersionDiff(
        first.version(),
        second.version(),
        fields(configuration(first.version()), configuration(second.version())),
        metrics(first.version(), second.version()),
        differences,
        without(left, compared),
        without(right, compared));
  }

  private static Map<String, LoraWeights> modules(Adapter adapter) {
    return adapter.weights() instanceof LoraModules ? LoraModules.in(adapter) : new TreeMap<>();
  }

  private static boolean isSameShape(LoraWeights one, LoraWeights other) {
    return one.in() == other.in() && one.out() == other.out();
  }

  private static List<String> without(Map<String, LoraWeights> modules, List<String> compared) {
    return modules.keySet().stream().filter(name -> !compared.contains(name)).toList();
  }

  private SortedMap<String, String> configuration(Version version) throws IOException {
    SortedMap<String, String> fields = new TreeMap<>();
    flatten("", MAPPER.readTree(checkout.bytes(version, PeftFormat.CONFIG_FILE)), fields);
    return fields;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> fields) {
    if (node instanceof ObjectNode object && !object.isEmpty()) {
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        flatten(name, field.getValue(), fields);
      }
    } else {
      fields.put(path, node.toString());
    }
  }

  private static List<VersionDiff.Field> fields(
      SortedMap<String, String> one, SortedMap<String, String> other) {
    List<VersionDiff.Field> fields = new ArrayList<>();
    for (String name : union(one, other)) {
      Optional<String> left = Optional.ofNullable(one.get(name));
      Optional<String> right = Optional.ofNullable(other.get(name));
      if (!left.equals(right)) {
        fields.add(new VersionDiff.Field(name, left, right));
      }
    }
    return fields;
  }

  private static List<VersionDiff.Metric> metrics(Version one, Version other) {
    return union(one.metrics(), other.metrics()).stream()
        .map(
            name ->
                new VersionDiff.Metric(
                    name,
                    Optional.ofNullable(one.metrics().get(name)),
                    Optional.ofNullable(other.metrics().get(name))))
        .toList();
  }

  private static Set<String> union(Map<String, ?> one, Map<String, ?> other) {
    Set<String> names = new TreeSet<>(one.keySet());
    names.addAll(other.keySet());
    return names;
  }
}
