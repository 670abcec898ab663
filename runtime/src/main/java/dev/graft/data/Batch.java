package dev.graft.data;

import java.util.Arrays;

/**
 * Rows of a set padded to one length, shape {@code [B, T]}, row-major. The arrays are the batch's
 * own, made for it alone: whoever has the batch may hand them on, nobody changes them.
 */
public final class Batch {
  private final int[] rows;
  private final int length;
  private final long[] ids;
  private final long[] mask;
  private final long[] typeIds;
  private final int[] labels;
  private final long realTokens;

  private Batch(
      int[] rows,
      int length,
      long[] ids,
      long[] mask,
      long[] typeIds,
      int[] labels,
      long realTokens) {
    this.rows = rows;
    this.length = length;
    this.ids = ids;
    this.mask = mask;
    this.typeIds = typeIds;
    this.labels = labels;
    this.realTokens = realTokens;
  }

  /** Gather rows of a set; {@code padMultiple} as in {@link BatchPlan}. */
  public static Batch of(TokenizedSet set, int[] rows, int padMultiple) {
    int longest = Arrays.stream(rows).map(set::length).max().orElse(0);
    int rounded = (longest + padMultiple - 1) / padMultiple * padMultiple;
    int length = Math.max(longest, Math.min(rounded, set.maxLength()));
    int cells = Math.multiplyExact(rows.length, length);
    long[] ids = new long[cells];
    long[] mask = new long[cells];
    long[] typeIds = new long[cells];
    int[] labels = new int[rows.length];
    long real = 0;
    Arrays.fill(ids, set.padId());
    for (int b = 0; b < rows.length; b++) {
      int row = rows[b];
      labels[b] = set.label(row);
      real += set.length(row);
      for (int t = 0; t < set.length(row); t++) {
        int cell = b * length + t;
        ids[cell] = set.token(row, t);
        typeIds[cell] = set.typeId(row, t);
        mask[cell] = 1;
      }
    }
    return new Batch(rows.clone(), length, ids, mask, typeIds, labels, real);
  }

  /** B, the number of rows. */
  public int size() {
    return rows.length;
  }

  /** T, the padded number of tokens a row. */
  public int length() {
    return length;
  }

  /** The set's row that is the batch's row {@code b}. */
  public int row(int b) {
    return rows[b];
  }

  /** Token ids, padded with the tokenizer's pad id. */
  public long[] ids() {
    return ids;
  }

  /** 1 for a token, 0 for padding. */
  public long[] mask() {
    return mask;
  }

  /** Token type ids, padded with 0. */
  public long[] typeIds() {
    return typeIds;
  }

  /** Label indices [B]; {@link TokenizedSet#NO_LABEL} where a row has none. */
  public int[] labels() {
    return labels;
  }

  /** Tokens that are not padding. */
  public long realTokens() {
    return realTokens;
  }

  /** All cells, B x T. */
  public long paddedTokens() {
    return ids.length;
  }
}
