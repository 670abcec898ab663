package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Combines LoRA adapters of one base into one adapter, as {@code add_weighted_adapter} of PEFT 0.21
 * does; {@link CombinationMethod} has the definitions.
 *
 * <p>A module that only some adapters have is combined of those. The outcome has scale 1: {@code
 * lora_alpha} is the rank, rsLoRA is off, and patterns say so where ranks differ. PEFT differs in
 * what does not change the update: it pads all modules to one rank with zeros, and it keeps {@code
 * use_rslora} of the first adapter, by which its outcome is too large by {@code sqrt(rank)}.
 */
public final class Combination {
  private Combination() {}

  /**
   * Refuse what {@link #of} would refuse without computing anything.
   *
   * @return what was noticed and let pass, for people
   * @throws CombinationException if the adapters do not belong together, or if the method does not
   *     take their ranks
   * @throws IllegalArgumentException if an option does not belong to the method
   */
  public static List<String> check(List<WeightedAdapter> adapters, CombinationOptions options) {
    options.check();
    List<String> warnings = CombinationChecks.check(adapters, options.method());
    CombinationChecks.checkModules(adapters, terms(adapters), options.method());
    CombinedParts.checkSaved(adapters, options.saved());
    return warnings;
  }

  /**
   * Combine adapters, on all cores.
   *
   * @param adapters one for {@link CombinationMethod#LINEAR}, else two or more
   * @throws CombinationException if the adapters do not belong together, if the method does not
   *     take their ranks, or if nothing is left
   * @throws IllegalArgumentException if an option does not belong to the method
   */
  public static CombinedAdapter of(List<WeightedAdapter> adapters, CombinationOptions options) {
    List<String> warnings = check(adapters, options);
    SortedMap<String, List<Term>> terms = terms(adapters);
    int rank = options.rank().orElseGet(() -> largestRank(adapters));
    Updates updates = new Updates(options);
    Map<String, CombinedAdapter.ModuleError> errors = new ConcurrentSkipListMap<>();
    SortedMap<String, LoraWeights> modules =
        each(
            terms,
            !options.method().formsUpdates(),
            entry -> {
              String module = entry.getKey();
              if (!options.method().choosesRank()) {
                return options.method() == CombinationMethod.CAT
                    ? Factors.stacked(entry.getValue())
                    : Factors.merged(module, entry.getValue(), options);
              }
              LowRankSum.Truncated found =
                  options.method().formsUpdates()
                      ? updates.merged(module, entry.getValue(), rank)
                      : onFactors(entry.getValue(), rank);
              errors.put(module, found.error(module));
              return found.weights();
            });
    Adapter outcome = CombinedParts.assemble(adapters, options, rank, modules);
    CombinationChecks.checkOutcome(outcome);
    List<CombinedAdapter.ModuleError> listed = List.copyOf(errors.values());
    return new CombinedAdapter(outcome, CombinedAdapter.overall(listed), listed, warnings);
  }

  private static LowRankSum.Truncated onFactors(List<Term> terms, int rank) {
    LowRankSum sum = LowRankSum.of(terms);
    return sum.truncated(Math.min(rank, sum.maxRank()));
  }

  /** One result for each module, computed at once where the modules' own work is on one core. */
  static <V> SortedMap<String, V> each(
      SortedMap<String, List<Term>> terms,
      boolean atOnce,
      Function<Map.Entry<String, List<Term>>, V> work) {
    List<Map.Entry<String, List<Term>>> entries = new ArrayList<>(terms.entrySet());
    return (atOnce ? entries.parallelStream() : entries.stream())
        .collect(Collectors.toMap(Map.Entry::getKey, work, (first, second) -> first, TreeMap::new));
  }

  static SortedMap<String, List<Term>> terms(List<WeightedAdapter> adapters) {
    SortedMap<String, List<Term>> terms = new TreeMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      Adapter adapter = adapters.get(i).adapter();
      double weight = adapters.get(i).weight();
      for (Map.Entry<String, LoraWeights> entry : LoraModules.in(adapter).entrySet()) {
        String module = entry.getKey();
        terms
            .computeIfAbsent(module, name -> new ArrayList<>())
            .add(new Term(i, entry.getValue(), adapter.scaleOf(module), weight));
      }
    }
    return terms;
  }

  /** PEFT's default rank: the largest that any configuration names. */
  private static int largestRank(List<WeightedAdapter> adapters) {
    int largest = 1;
    for (WeightedAdapter weighted : adapters) {
      if (weighted.adapter().config() instanceof LoraConfig config) {
        largest = Math.max(largest, config.rank());
        for (int rank : config.rankPattern().values()) {
          largest = Math.max(largest, rank);
        }
      }
    }
    return largest;
  }
}
