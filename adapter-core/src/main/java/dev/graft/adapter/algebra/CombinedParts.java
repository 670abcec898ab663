package dev.graft.adapter.algebra;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.Derivation;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Configuration, saved parameters and record of a combined adapter. */
final class CombinedParts {
  /** Longer ones than this are hard to read, and those of 4096 characters are refused. */
  private static final int LONGEST_PATTERN = 1000;

  private CombinedParts() {}

  static Adapter assemble(
      List<WeightedAdapter> parents,
      CombinationOptions options,
      int rank,
      SortedMap<String, LoraWeights> modules) {
    SortedMap<String, FloatTensor> saved = saved(parents, options.saved());
    LoraConfig config = config(parents, modules, saved);
    return Adapter.of(
        config,
        LoraModules.of(modules),
        saved,
        record(parents, derivation(parents, options, rank)));
  }

  /** Refuse whole parameters that the rule does not let be combined. */
  static void checkSaved(List<WeightedAdapter> parents, SavedParameters rule) {
    saved(parents, rule);
  }

  private static SortedMap<String, FloatTensor> saved(
      List<WeightedAdapter> parents, SavedParameters rule) {
    SortedMap<String, FloatTensor> saved = new TreeMap<>();
    SortedMap<String, String> owners = new TreeMap<>();
    for (WeightedAdapter parent : parents) {
      parent
          .adapter()
          .saved()
          .forEach(
              (name, tensor) -> {
                FloatTensor earlier = saved.putIfAbsent(name, tensor);
                if (earlier == null) {
                  owners.put(name, parent.name());
                } else if (rule == SavedParameters.REFUSE && !earlier.equals(tensor)) {
                  throw new CombinationException(
                      ("both \"%s\" and \"%s\" carry the parameter \"%s\", and whole parameters are not combined;"
                              + " take those of the first (SavedParameters.FIRST, --saved first), or train a head afterwards")
                          .formatted(owners.get(name), parent.name(), name));
                }
              });
    }
    return saved;
  }

  private static LoraConfig config(
      List<WeightedAdapter> parents,
      SortedMap<String, LoraWeights> modules,
      SortedMap<String, FloatTensor> saved) {
    List<LoraConfig> configs =
        parents.stream()
            .map(parent -> parent.adapter().config())
            .filter(LoraConfig.class::isInstance)
            .map(LoraConfig.class::cast)
            .toList();
    LoraConfig first = configs.get(0);
    boolean sameChoice = configs.stream().allMatch(config -> choosesLike(config, first));
    Optional<TargetModules> joined =
        sameChoice ? joined(configs.stream().map(LoraConfig::targets).toList()) : Optional.empty();
    return first.toBuilder()
        .ranksOf(modules)
        .targets(joined.orElseGet(() -> new TargetModules.Suffixes(List.copyOf(modules.keySet()))))
        .excludeModules(joined.isPresent() ? first.excludeModules() : TargetModules.none())
        .layersToTransform(joined.isPresent() ? first.layersToTransform() : List.of())
        .layersPattern(joined.isPresent() ? first.layersPattern() : List.of())
        .modulesToSave(modulesToSave(configs, saved))
        .taskType(headOf(parents).config().taskType().or(first::taskType).orElse(null))
        .build();
  }

  private static boolean choosesLike(LoraConfig config, LoraConfig other) {
    return config.excludeModules().equals(other.excludeModules())
        && config.layersToTransform().equals(other.layersToTransform())
        && config.layersPattern().equals(other.layersPattern());
  }

  /** Targets that choose what any of these does, where they are given in the same way. */
  private static Optional<TargetModules> joined(List<TargetModules> targets) {
    if (Set.copyOf(targets).size() == 1) {
      return Optional.of(targets.get(0));
    }
    if (targets.stream().allMatch(TargetModules.Suffixes.class::isInstance)) {
      Set<String> names = new LinkedHashSet<>();
      targets.forEach(each -> names.addAll(((TargetModules.Suffixes) each).names()));
      return Optional.of(new TargetModules.Suffixes(List.copyOf(names)));
    }
    if (!targets.stream().allMatch(TargetModules.Regex.class::isInstance)) {
      return Optional.empty();
    }
    String pattern =
        targets.stream()
            .map(each -> "(" + ((TargetModules.Regex) each).pattern() + ")")
            .distinct()
            .collect(Collectors.joining("|"));
    return pattern.length() > LONGEST_PATTERN
        ? Optional.empty()
        : Optional.of(new TargetModules.Regex(pattern));
  }

  /** Only modules whose parameters are there. */
  private static List<String> modulesToSave(
      List<LoraConfig> configs, SortedMap<String, FloatTensor> saved) {
    if (saved.isEmpty()) {
      return List.of();
    }
    return configs.stream().flatMap(config -> config.modulesToSave().stream()).distinct().toList();
  }

  private static Derivation derivation(
      List<WeightedAdapter> parents, CombinationOptions options, int rank) {
    ObjectNode settings = JsonNodeFactory.instance.objectNode();
    options.density().ifPresent(density -> settings.put("density", density));
    if (options.method().electsSign()) {
      settings.put("majoritySign", options.sign().text());
    }
    if (options.method().choosesRank()) {
      settings.put("rank", rank);
    }
    if (options.method().isRandom()) {
      settings.put("seed", options.seed());
    }
    return new Derivation(
        options.method().text(),
        parents.stream()
            .map(parent -> new Derivation.Parent(parent.adapter().digest(), parent.weight()))
            .toList(),
        settings);
  }

  /**
   * What the parents agree on. Labels belong to the head, so they are those of the first parent
   * that has saved parameters; training and probes say nothing of the outcome.
   */
  static GraftRecord record(List<WeightedAdapter> parents, Derivation derivation) {
    List<GraftRecord> records = parents.stream().map(parent -> parent.adapter().record()).toList();
    GraftRecord ofHead = headOf(parents).record();
    return GraftRecord.builder()
        .baseDigest(known(records, GraftRecord::baseDigest).orElse(null))
        .tokenizerDigest(common(records, GraftRecord::tokenizerDigest).orElse(null))
        .pooling(ofHead.pooling().orElse(null))
        .task(ofHead.task().orElse(null))
        .maxLength(ofHead.maxLength().orElse(null))
        .labels(ofHead.labels())
        .derivation(derivation)
        .build();
  }

  /** The first parent that has saved parameters, or else the first. */
  private static Adapter headOf(List<WeightedAdapter> parents) {
    return parents.stream()
        .map(WeightedAdapter::adapter)
        .filter(adapter -> !adapter.saved().isEmpty())
        .findFirst()
        .orElse(parents.get(0).adapter());
  }

  private static <T, V> Optional<V> known(List<T> items, Function<T, Optional<V>> field) {
    return items.stream().map(field).flatMap(Optional::stream).findFirst();
  }

  /** A value that all who have one agree on. */
  private static <T, V> Optional<V> common(List<T> items, Function<T, Optional<V>> field) {
    Set<V> values = items.stream().map(field).flatMap(Optional::stream).collect(Collectors.toSet());
    return values.size() == 1 ? values.stream().findFirst() : Optional.empty();
  }
}
