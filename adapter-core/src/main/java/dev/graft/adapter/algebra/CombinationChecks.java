package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Which adapters belong together. */
final class CombinationChecks {
  private CombinationChecks() {}

  /** Check what can be seen without looking at modules; what is only suspect is returned. */
  static List<String> check(List<WeightedAdapter> adapters, CombinationMethod method) {
    if (adapters.isEmpty()) {
      throw new CombinationException("there is no adapter to combine; name two or more");
    }
    if (adapters.size() == 1 && method != CombinationMethod.LINEAR) {
      throw new CombinationException(
          "%s needs two adapters or more, found only \"%s\"; use linear to weight one adapter, or resize it"
              .formatted(method.text(), adapters.get(0).name()));
    }
    for (WeightedAdapter weighted : adapters) {
      requireLora(weighted);
      requireFinite(weighted);
    }
    requireOneOrientation(adapters);
    return requireOneBase(adapters);
  }

  static void requireLora(WeightedAdapter weighted) {
    Adapter adapter = weighted.adapter();
    if (!(adapter.config() instanceof LoraConfig) || LoraModules.in(adapter).isEmpty()) {
      throw new CombinationException(
          ("\"%s\" is of type %s with %d %s; only LoRA adapters can be combined, because only their"
                  + " updates add up")
              .formatted(
                  weighted.name(),
                  adapter.config().peftType(),
                  adapter.weights().partCount(),
                  adapter.weights().partName()));
    }
  }

  private static void requireFinite(WeightedAdapter weighted) {
    if (!weighted.adapter().isFinite()) {
      throw new CombinationException(
          "\"%s\" has a NaN or infinite weight; train it again".formatted(weighted.name()));
    }
  }

  private static void requireOneOrientation(List<WeightedAdapter> adapters) {
    WeightedAdapter first = adapters.get(0);
    for (WeightedAdapter other : adapters) {
      if (fanInFanOut(first.adapter()) != fanInFanOut(other.adapter())) {
        throw new CombinationException(
            "\"%s\" says fan_in_fan_out %s and \"%s\" %s; adapters of one base agree on it"
                .formatted(
                    first.name(),
                    fanInFanOut(first.adapter()),
                    other.name(),
                    fanInFanOut(other.adapter())));
      }
    }
  }

  private static boolean fanInFanOut(Adapter adapter) {
    return adapter.config() instanceof LoraConfig config && config.fanInFanOut();
  }

  private static List<String> requireOneBase(List<WeightedAdapter> adapters) {
    List<String> warnings = new ArrayList<>();
    Optional<WeightedAdapter> known = Optional.empty();
    for (WeightedAdapter weighted : adapters) {
      Optional<String> base = weighted.adapter().record().baseDigest();
      if (base.isEmpty()) {
        warnings.add(
            "\"%s\" does not say which base it is for; its modules and shapes alone were compared"
                .formatted(weighted.name()));
      } else if (known.isEmpty()) {
        known = Optional.of(weighted);
      } else if (!base.equals(known.get().adapter().record().baseDigest())) {
        throw new CombinationException(
            "\"%s\" was trained for base %s and \"%s\" for base %s; combine adapters of one base"
                .formatted(
                    known.get().name(),
                    known.get().adapter().record().baseDigest().orElse(""),
                    weighted.name(),
                    base.get()));
      }
    }
    return warnings;
  }

  /** Check shapes, ranks and that the adapters have to do with each other. */
  static void checkModules(
      List<WeightedAdapter> adapters,
      SortedMap<String, List<Term>> terms,
      CombinationMethod method) {
    for (Map.Entry<String, List<Term>> entry : terms.entrySet()) {
      Term first = entry.getValue().get(0);
      for (Term other : entry.getValue()) {
        requireOneShape(adapters, entry.getKey(), first, other);
        if (method.domain() == CombinationMethod.Domain.FACTORS) {
          requireOneRank(adapters, entry.getKey(), first, other, method);
        }
      }
    }
    for (int i = 0; i < adapters.size(); i++) {
      requireCommonModule(adapters, i, terms);
    }
  }

  static void requireOneShape(
      List<WeightedAdapter> adapters, String module, Term first, Term other) {
    LoraWeights a = first.factors();
    LoraWeights b = other.factors();
    if (a.in() != b.in() || a.out() != b.out()) {
      throw new CombinationException(
          "module \"%s\" is [%d, %d] in \"%s\" and [%d, %d] in \"%s\" ([out, in]); combine adapters of one base"
              .formatted(
                  module,
                  a.out(),
                  a.in(),
                  adapters.get(first.adapter()).name(),
                  b.out(),
                  b.in(),
                  adapters.get(other.adapter()).name()));
    }
  }

  private static void requireOneRank(
      List<WeightedAdapter> adapters,
      String module,
      Term first,
      Term other,
      CombinationMethod method) {
    if (first.factors().rank() != other.factors().rank()) {
      throw new CombinationException(
          ("%s needs equal ranks, but module \"%s\" has rank %d in \"%s\" and %d in \"%s\"; use svd, cat"
                  + " or another method on updates, or resize one adapter")
              .formatted(
                  method.text(),
                  module,
                  first.factors().rank(),
                  adapters.get(first.adapter()).name(),
                  other.factors().rank(),
                  adapters.get(other.adapter()).name()));
    }
  }

  /**
   * Adapters of one base may adapt different modules. But where nothing says that the base is one,
   * an adapter without a module in common is likely one of another model, or of another class of
   * the same model, whose paths begin otherwise.
   */
  private static void requireCommonModule(
      List<WeightedAdapter> adapters, int number, SortedMap<String, List<Term>> terms) {
    WeightedAdapter weighted = adapters.get(number);
    boolean shares =
        terms.values().stream()
            .anyMatch(
                list ->
                    list.size() > 1 && list.stream().anyMatch(term -> term.adapter() == number));
    boolean baseIsKnown =
        adapters.stream().allMatch(each -> each.adapter().record().baseDigest().isPresent());
    if (adapters.size() > 1 && !shares && !baseIsKnown) {
      throw new CombinationException(
          ("\"%s\" has no module in common with the others (its first is \"%s\") and nothing says that they are"
                  + " of one base; if they are, name it as baseDigest in their graft.json")
              .formatted(weighted.name(), LoraModules.in(weighted.adapter()).firstKey()));
    }
  }

  static void checkOutcome(Adapter outcome) {
    if (!outcome.isFinite()) {
      throw new CombinationException(
          "the outcome has values beyond the range of a float; use smaller weights");
    }
    if (!outcome.isEffective()) {
      throw new CombinationException(
          "nothing is left: the adapters cancel each other, or the density keeps no entry; change"
              + " weights or density");
    }
  }
}
