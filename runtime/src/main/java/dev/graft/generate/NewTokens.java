package dev.graft.generate;

import java.util.Arrays;
import java.util.BitSet;

/** The tokens {@code [B, T]} that a run adds to the rows of a batch; what is not set is a hole. */
final class NewTokens {
  private final int rows;
  private final int width;
  private final long[] ids;
  private final BitSet real = new BitSet();

  /**
   * Holes, all of them.
   *
   * @param hole the token that stands in holes; any will do
   */
  NewTokens(int rows, int width, long hole) {
    this.rows = rows;
    this.width = width;
    this.ids = new long[rows * width];
    Arrays.fill(ids, hole);
  }

  void set(int row, int column, int token) {
    ids[row * width + column] = token;
    real.set(row * width + column);
  }

  int rows() {
    return rows;
  }

  /** Tokens per row, {@code T}. */
  int width() {
    return width;
  }

  boolean isReal(int row, int column) {
    return real.get(row * width + column);
  }

  /** The ids, row by row; not a copy. */
  long[] ids() {
    return ids;
  }
}
