package dev.graft.adapter.algebra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How much adapters would get in each other's way if they were added with their weights, for every
 * two of them.
 *
 * <p>Compared are the weighted updates {@code weight * scale * B * A}, so subtracting an adapter
 * turns its signs. None of it forms an update but for some of its rows.
 *
 * @param pairs first with second, first with third, and so on
 */
public record ConflictReport(List<Pair> pairs) {
  /** Copy the list. */
  public ConflictReport {
    pairs = List.copyOf(pairs);
  }

  /**
   * Two adapters over all modules.
   *
   * @param first name of one
   * @param second name of the other
   * @param commonModules number of modules that both have
   * @param score the four figures: cosine over the updates of all modules, conflicts over all
   *     entries that were looked at, means of the overlaps
   * @param modules each common module by itself
   */
  public record Pair(
      String first, String second, int commonModules, Score score, List<ModuleScore> modules) {
    /** Copy the list. */
    public Pair {
      modules = List.copyOf(modules);
    }
  }

  /**
   * One module that both have.
   *
   * @param module its path
   * @param score the four figures
   */
  public record ModuleScore(String module, Score score) {}

  /**
   * The figures of two updates.
   *
   * @param cosine scalar product over both Frobenius norms, as task vectors are compared (arXiv
   *     2212.04089): 0 for updates that have nothing to do with each other, below 0 where one
   *     undoes the other; exact, from {@code tr(A2 A1^T B1^T B2)}
   * @param signConflict share of the entries, among those that are zero in neither, where the signs
   *     differ; TIES (arXiv 2306.01708) is made for these. 0.5 is chance, more is conflict. Counted
   *     in {@value ConflictScores#SAMPLED_ROWS} rows of the update that lie evenly, or in all where
   *     there are no more
   * @param inputOverlap how much of the directions that one reads (the rows of A) the other reads
   *     too: {@code |Q1 Q2^T|^2 / min(r1, r2)} with orthonormal bases Q, as equation 4 of LoRA
   *     (arXiv 2106.09685) compares subspaces: 1 where one contains the other, about {@code max(r1,
   *     r2) / in} by chance
   * @param outputOverlap the same of the directions that both write (the columns of B)
   */
  public record Score(
      double cosine, double signConflict, double inputOverlap, double outputOverlap) {}

  /**
   * Compare all pairs, on all cores.
   *
   * @throws CombinationException if the adapters do not belong together, whatever the method
   */
  public static ConflictReport of(List<WeightedAdapter> adapters) {
    if (adapters.size() < 2) {
      throw new CombinationException("a conflict needs two adapters or more; name another");
    }
    CombinationChecks.check(adapters, CombinationMethod.CAT);
    SortedMap<String, List<Term>> terms = Combination.terms(adapters);
    CombinationChecks.checkModules(adapters, terms, CombinationMethod.CAT);
    SortedMap<String, ConflictScores> scores =
        Combination.each(terms, true, entry -> ConflictScores.of(entry.getValue()));
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < adapters.size(); i++) {
      for (int j = i + 1; j < adapters.size(); j++) {
        pairs.add(pair(adapters, i, j, scores));
      }
    }
    return new ConflictReport(pairs);
  }

  private static Pair pair(
      List<WeightedAdapter> adapters, int i, int j, SortedMap<String, ConflictScores> scores) {
    List<ModuleScore> modules = new ArrayList<>();
    double inner = 0;
    double squaresOfFirst = 0;
    double squaresOfSecond = 0;
    long compared = 0;
    long conflicts = 0;
    double input = 0;
    double output = 0;
    for (Map.Entry<String, ConflictScores> entry : scores.entrySet()) {
      ConflictScores module = entry.getValue();
      squaresOfFirst += module.squares(i);
      squaresOfSecond += module.squares(j);
      if (module.has(i) && module.has(j)) {
        Score score = module.score(i, j);
        modules.add(new ModuleScore(entry.getKey(), score));
        inner += module.inner(i, j);
        compared += module.compared(i, j);
        conflicts += module.conflicts(i, j);
        input += score.inputOverlap();
        output += score.outputOverlap();
      }
    }
    int common = modules.size();
    Score score =
        new Score(
            ratio(inner, Math.sqrt(squaresOfFirst * squaresOfSecond)),
            ratio((double) conflicts, (double) compared),
            ratio(input, common),
            ratio(output, common));
    return new Pair(adapters.get(i).name(), adapters.get(j).name(), common, score, modules);
  }

  static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }
}
