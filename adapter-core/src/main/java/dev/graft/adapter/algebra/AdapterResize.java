package dev.graft.adapter.algebra;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.Derivation;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A LoRA adapter at another rank.
 *
 * <p>Where the rank becomes smaller, the largest singular values of each module's update stay,
 * which is the best approximation of that rank (Eckart and Young, 1936); the error is known from
 * the singular values before anything is computed with the result: the root of the sum of squares
 * of those that go, over that of all. Where the rank becomes larger, the factors get rows and
 * columns of zeros and the update stays what it was.
 */
public final class AdapterResize {
  private AdapterResize() {}

  /**
   * Resize all modules, on all cores.
   *
   * @param name what messages call the adapter
   * @param rank the rank of every module; less only where a module has fewer features
   * @return the adapter, with the scale in B and 1 in the configuration, and what it lost
   * @throws CombinationException if the adapter is not a LoRA adapter
   * @throws IllegalArgumentException if the rank is not at least 1, or every module has it already
   */
  public static CombinedAdapter of(String name, Adapter adapter, int rank) {
    WeightedAdapter self = new WeightedAdapter(name, adapter, 1);
    CombinationChecks.check(List.of(self), CombinationMethod.LINEAR);
    if (rank < 1) {
      throw new IllegalArgumentException("rank must be at least 1, found %d".formatted(rank));
    }
    if (LoraModules.in(adapter).values().stream().allMatch(each -> each.rank() == rank)) {
      throw new IllegalArgumentException(
          "every module of \"%s\" has rank %d already; choose another rank".formatted(name, rank));
    }
    SortedMap<String, LowRankSum.Truncated> resized =
        Combination.each(
            Combination.terms(List.of(self)), true, entry -> resized(entry.getValue(), rank));
    SortedMap<String, LoraWeights> modules = new TreeMap<>();
    List<CombinedAdapter.ModuleError> errors = new ArrayList<>();
    for (Map.Entry<String, LowRankSum.Truncated> entry : resized.entrySet()) {
      modules.put(entry.getKey(), entry.getValue().weights());
      errors.add(entry.getValue().error(entry.getKey()));
    }
    return new CombinedAdapter(
        assemble(self, rank, modules), CombinedAdapter.overall(errors), errors, List.of());
  }

  private static LowRankSum.Truncated resized(List<Term> terms, int rank) {
    LowRankSum sum = LowRankSum.of(terms);
    LoraWeights factors = terms.get(0).factors();
    if (factors.rank() > rank) {
      return sum.truncated(Math.min(rank, sum.maxRank()));
    }
    double squares = sum.squares();
    return new LowRankSum.Truncated(padded(terms.get(0), rank), squares, squares);
  }

  private static LoraWeights padded(Term term, int rank) {
    LoraWeights factors = term.factors();
    float[][] a = Arrays.copyOf(ThinRows.ofRows(factors.a()), rank);
    float[][] b = Arrays.copyOf(ThinRows.ofColumns(factors.b().scaled(term.factor())), rank);
    for (int k = factors.rank(); k < rank; k++) {
      a[k] = new float[factors.in()];
      b[k] = new float[factors.out()];
    }
    return new LoraWeights(ThinRows.toRows(a), ThinRows.toColumns(b));
  }

  private static Adapter assemble(
      WeightedAdapter parent, int rank, SortedMap<String, LoraWeights> modules) {
    Adapter adapter = parent.adapter();
    if (!(adapter.config() instanceof LoraConfig config)) {
      throw new IllegalStateException("not a LoRA configuration: " + adapter.config());
    }
    Derivation derivation =
        new Derivation(
            "resize",
            List.of(new Derivation.Parent(adapter.digest(), 1)),
            JsonNodeFactory.instance.objectNode().put("rank", rank));
    return Adapter.of(
        config.toBuilder().ranksOf(modules).build(),
        LoraModules.of(modules),
        adapter.saved(),
        CombinedParts.record(List.of(parent), derivation));
  }
}
