package dev.graft.adapter.algebra;

import java.util.ArrayList;
import java.util.List;

/**
 * Methods that prune and elect on whole updates {@code [out, in]} in single precision. One module
 * is worked on at a time, by all cores: it takes one array of the update's size for each adapter
 * that has the module, and one more where there is only one.
 */
final class Updates {
  private final CombinationOptions options;
  private final Scratch scratch = new Scratch();

  Updates(CombinationOptions options) {
    this.options = options;
  }

  /** Merge the updates of one module and keep the largest singular values. */
  LowRankSum.Truncated merged(String module, List<Term> terms, int rank) {
    List<float[][]> updates = new ArrayList<>();
    List<String> names = new ArrayList<>();
    float[] weights = new float[terms.size()];
    for (int i = 0; i < terms.size(); i++) {
      Term term = terms.get(i);
      float[][] update = scratch.take(term.factors().out(), term.factors().in());
      form(term, update);
      updates.add(update);
      names.add(term.adapter() + "/" + module);
      weights[i] = (float) term.weight();
    }
    float[][] merged = new TaskTensors(options).merged(updates, weights, names);
    updates.subList(1, updates.size()).forEach(scratch::give);
    int most = Math.min(merged.length, merged[0].length);
    LowRankSum.Truncated found = TruncatedSvd.of(merged, Math.min(rank, most), scratch);
    scratch.give(merged);
    return found;
  }

  /** {@code scale * B * A}, by rows. */
  static void form(Term term, float[][] update) {
    DenseRows.multiply(rowsOfB(term), ThinRows.ofRows(term.factors().a()), update);
  }

  private static float[][] rowsOfB(Term term) {
    float scale = (float) term.scale();
    float[][] b = ThinRows.ofRows(term.factors().b());
    for (float[] row : b) {
      for (int k = 0; k < row.length; k++) {
        row[k] *= scale;
      }
    }
    return b;
  }
}
