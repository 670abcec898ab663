package dev.graft.train;

import dev.graft.data.Batch;
import dev.graft.data.TokenizedSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Splits the batches of a step into smaller runs of the training graph.
 *
 * <p>The gradient of a step is a sum over rows, so it does not matter how they are grouped; the
 * time and the memory do. Rows of similar length run together, so less padding is computed, and
 * what a run keeps for its backward pass is small enough for the processor's caches.
 */
final class MicroBatches {
  private MicroBatches() {}

  /**
   * Split a step's batches.
   *
   * @param tokensPerRun the most cells (rows times longest row) of a run, unless one row has more;
   *     0 leaves the batches as they are
   */
  static List<Batch> of(TokenizedSet set, List<Batch> batches, int padMultiple, int tokensPerRun) {
    if (tokensPerRun == 0) {
      return batches;
    }
    List<Integer> rows =
        batches.stream()
            .flatMap(batch -> IntStream.range(0, batch.size()).mapToObj(batch::row))
            .sorted(Comparator.comparingInt(set::length))
            .toList();
    List<Batch> runs = new ArrayList<>();
    int end = rows.size();
    while (end > 0) {
      // The last row of what is left is the longest of its run.
      int longest = Math.max(1, set.length(rows.get(end - 1)));
      int from = Math.max(0, end - Math.max(1, tokensPerRun / longest));
      int[] chosen = rows.subList(from, end).stream().mapToInt(Integer::intValue).toArray();
      runs.add(Batch.of(set, chosen, padMultiple));
      end = from;
    }
    return runs;
  }
}
