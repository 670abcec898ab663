package dev.graft.adapter.lora;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Ranks and alphas of modules whose scale is 1. */
final class UnitScale {
  private UnitScale() {}

  static void addTo(LoraConfigBuilder builder, SortedMap<String, LoraWeights> modules) {
    int common = mostFrequentRank(modules);
    Map<String, Integer> ranks = new LinkedHashMap<>();
    Map<String, Double> alphas = new LinkedHashMap<>();
    // Longer paths first: a pattern also matches every path that ends in it.
    Comparator<Map.Entry<String, LoraWeights>> longestFirst =
        Comparator.comparing(entry -> -entry.getKey().length());
    modules.entrySet().stream()
        .sorted(longestFirst)
        .forEach(
            entry -> {
              int rank = entry.getValue().rank();
              if (rank != common || endsAnother(entry.getKey(), modules.keySet())) {
                ranks.put(patternFor(entry.getKey()), rank);
                alphas.put(patternFor(entry.getKey()), (double) rank);
              }
            });
    builder.rank(common).alpha(common).rankPattern(ranks).alphaPattern(alphas).useRslora(false);
  }

  private static int mostFrequentRank(SortedMap<String, LoraWeights> modules) {
    Map<Integer, Long> counts =
        modules.values().stream()
            .collect(Collectors.groupingBy(LoraWeights::rank, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(LoraConfig.DEFAULT_RANK);
  }

  private static boolean endsAnother(String module, Set<String> modules) {
    return modules.stream().anyMatch(other -> module.endsWith("." + other));
  }

  /**
   * A module path as an expression for itself; usual paths stay readable, a dot then stands for any
   * character.
   */
  private static String patternFor(String module) {
    return module.matches("[\\w.-]+")
        ? module
        : module.replaceAll("[\\[\\]{}()*+?.\\\\^$|#&~-]", "\\\\$0");
  }
}
