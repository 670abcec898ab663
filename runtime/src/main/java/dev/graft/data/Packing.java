package dev.graft.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Puts several sequences into one row, as many as fit: first fit, longest first, within windows of
 * a random order, so that a window's rows are nearly full and yet mixed.
 */
final class Packing {
  private static final int WINDOW = 1024;

  private Packing() {}

  /** One sequence a row. */
  static List<int[]> none(TokenSequences set) {
    return IntStream.range(0, set.size()).mapToObj(row -> new int[] {row}).toList();
  }

  /** The set's rows packed into rows of at most its maximum length. */
  static List<int[]> of(TokenSequences set, boolean shuffle, long seed) {
    int[] order = IntStream.range(0, set.size()).toArray();
    if (shuffle) {
      SplitMix64.of(seed, -1).shuffle(order);
    }
    List<int[]> packed = new ArrayList<>();
    for (int from = 0; from < order.length; from += WINDOW) {
      int to = Math.min(order.length, from + WINDOW);
      packed.addAll(window(set, Arrays.copyOfRange(order, from, to)));
    }
    return packed;
  }

  private static List<int[]> window(TokenSequences set, int[] rows) {
    List<List<Integer>> bins = new ArrayList<>();
    List<Integer> room = new ArrayList<>();
    List<Integer> longestFirst =
        Arrays.stream(rows)
            .boxed()
            .sorted(Comparator.comparingInt((Integer row) -> set.length(row)).reversed())
            .toList();
    for (int row : longestFirst) {
      int bin = 0;
      while (bin < bins.size() && room.get(bin) < set.length(row)) {
        bin++;
      }
      if (bin == bins.size()) {
        bins.add(new ArrayList<>());
        room.add(set.maxLength());
      }
      bins.get(bin).add(row);
      room.set(bin, room.get(bin) - set.length(row));
    }
    return bins.stream().map(bin -> bin.stream().mapToInt(Integer::intValue).toArray()).toList();
  }
}
