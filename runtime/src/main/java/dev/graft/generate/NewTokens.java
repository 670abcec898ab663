package dev.graft.generate;

import dev.graft.inject.GenerationGraphs;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import java.util.Map;

/**
 * The tokens {@code [B, T]} that a run adds to the rows of a batch. A row may get fewer than
 * others; the rest of its columns are holes.
 */
final class NewTokens {
  private final int width;
  private final long[] ids;
  private final int[] counts;

  /** Holes, all of them. */
  NewTokens(int rows, int width) {
    this.width = width;
    this.ids = new long[rows * width];
    this.counts = new int[rows];
  }

  /** Adds the next token of a row. */
  void add(int row, int token) {
    ids[row * width + counts[row]++] = token;
  }

  /** Columns per row, {@code T}. */
  int width() {
    return width;
  }

  /** How many tokens a row gets. */
  int count(int row) {
    return counts[row];
  }

  /**
   * The graph inputs that do not depend on how keys and values are kept; the caller closes them.
   */
  Map<String, NativeTensor> inputs(KvCache cache) {
    int rows = counts.length;
    long[] positions = new long[ids.length];
    long[] last = new long[rows];
    for (int row = 0; row < rows; row++) {
      for (int t = 0; t < counts[row]; t++) {
        positions[row * width + t] = (long) cache.length(row) + t;
      }
      last[row] = (long) counts[row] - 1;
    }
    return Map.of(
        DecoderSignature.INPUT_IDS, NativeTensor.of(ids, rows, width),
        DecoderSignature.POSITION_IDS, NativeTensor.of(positions, rows, width),
        GenerationGraphs.LAST_TOKEN, NativeTensor.of(last, rows));
  }
}
