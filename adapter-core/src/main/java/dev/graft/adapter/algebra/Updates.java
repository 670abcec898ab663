package dev.graft.adapter.algebra;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Methods that prune and elect on whole updates {@code [out, in]} in single precision. One module
 * is worked on at a time, by all cores: it takes one array of the update's size for each adapter
 * that has the module, and while the outcome is decomposed two.
 */
final class Updates {
  private static final int COLUMNS = 1024;

  private Updates() {}

  /** Merge the updates of one module and keep the largest singular values. */
  static LowRankSum.Truncated merged(
      String module, List<Term> terms, int rank, CombinationOptions options) {
    List<float[][]> updates = new ArrayList<>();
    List<String> names = new ArrayList<>();
    float[] weights = new float[terms.size()];
    for (int i = 0; i < terms.size(); i++) {
      updates.add(formed(terms.get(i)));
      names.add(terms.get(i).adapter() + "/" + module);
      weights[i] = (float) terms.get(i).weight();
    }
    float[][] merged = new TaskTensors(options).merged(updates, weights, names);
    updates.clear();
    return TruncatedSvd.of(merged, Math.min(rank, Math.min(merged.length, merged[0].length)));
  }

  /** {@code scale * B * A}, by rows. */
  static float[][] formed(Term term) {
    float[][] a = ThinRows.ofRows(term.factors().a());
    int rank = term.factors().rank();
    int in = term.factors().in();
    float scale = (float) term.scale();
    float[][] update = new float[term.factors().out()][in];
    float[][] b = rowsOfB(term, rank, scale);
    IntStream.range(0, update.length)
        .parallel()
        .forEach(
            row -> {
              for (int from = 0; from < in; from += COLUMNS) {
                Axpy.addAll(update[row], b[row], a, from, Math.min(in, from + COLUMNS));
              }
            });
    return update;
  }

  private static float[][] rowsOfB(Term term, int rank, float scale) {
    float[][] b = ThinRows.ofRows(term.factors().b());
    for (float[] row : b) {
      for (int k = 0; k < rank; k++) {
        row[k] *= scale;
      }
    }
    return b;
  }
}
