package dev.graft.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Sequences padded to one length, shape {@code [B, T]}, row-major, with what is to be predicted. A
 * row has one sequence or, packed, several one after the other: its segments. The arrays are the
 * batch's own, made for it alone: whoever has the batch may hand them on, nobody changes them.
 */
public final class SequenceBatch {
  private final List<int[]> rows;
  private final int length;
  private final long[] ids;
  private final long[] mask;
  private final long[] positions;
  private final long[] labelPositions;
  private final long[] labels;
  private final float[] labelWeights;
  private final long realTokens;

  private SequenceBatch(
      List<int[]> rows,
      int length,
      long[] ids,
      long[] mask,
      long[] positions,
      long[] labelPositions,
      long[] labels,
      float[] labelWeights,
      long realTokens) {
    this.rows = rows;
    this.length = length;
    this.ids = ids;
    this.mask = mask;
    this.positions = positions;
    this.labelPositions = labelPositions;
    this.labels = labels;
    this.labelWeights = labelWeights;
    this.realTokens = realTokens;
  }

  /**
   * Gather sequences.
   *
   * @param rows for each row of the batch the set's rows in it, in order
   * @param padMultiple as in {@link BatchPlan}
   */
  public static SequenceBatch of(TokenSequences set, List<int[]> rows, int padMultiple) {
    int longest = rows.stream().mapToInt(row -> width(set, row)).max().orElse(0);
    int rounded = (longest + padMultiple - 1) / padMultiple * padMultiple;
    int length = Math.max(longest, Math.min(rounded, set.maxLength()));
    return new Filling(set, rows, length).finish();
  }

  /**
   * Put the rows of some batches into runs of similar length, longest first.
   *
   * @param cells most cells (rows times longest row) of a run, unless one row has more; 0 leaves
   *     the batches as they are
   */
  public static List<SequenceBatch> split(
      TokenSequences set, List<SequenceBatch> batches, int padMultiple, int cells) {
    if (cells == 0) {
      return batches;
    }
    List<int[]> rows =
        batches.stream()
            .flatMap(batch -> batch.rows.stream())
            .sorted(Comparator.comparingInt(row -> width(set, row)))
            .toList();
    List<SequenceBatch> runs = new ArrayList<>();
    int end = rows.size();
    while (end > 0) {
      // The last row of what is left is the longest of its run.
      int longest = Math.max(1, width(set, rows.get(end - 1)));
      int from = Math.max(0, end - Math.max(1, cells / longest));
      runs.add(of(set, rows.subList(from, end), padMultiple));
      end = from;
    }
    return runs;
  }

  private static int width(TokenSequences set, int[] row) {
    return Arrays.stream(row).map(set::length).sum();
  }

  /** B, the number of rows. */
  public int size() {
    return rows.size();
  }

  /** T, the padded number of tokens a row. */
  public int length() {
    return length;
  }

  /** The set's rows that are the segments of the batch's row {@code b}; a copy. */
  public int[] segments(int b) {
    return rows.get(b).clone();
  }

  /** Token ids, padded with the tokenizer's pad id. */
  public long[] ids() {
    return ids;
  }

  /** The number of a token's segment in its row, from 1; 0 for padding. */
  public long[] mask() {
    return mask;
  }

  /** A token's place in its segment, from 0; 0 for padding. */
  public long[] positions() {
    return positions;
  }

  /** Where predictions count: {@code row * T + column} of the token that predicts [L]. */
  public long[] labelPositions() {
    return labelPositions;
  }

  /** The tokens to be predicted there [L]. */
  public long[] labels() {
    return labels;
  }

  /** What each prediction counts [L]. */
  public float[] labelWeights() {
    return labelWeights;
  }

  /** Tokens that are not padding. */
  public long realTokens() {
    return realTokens;
  }

  /** All cells, B x T. */
  public long paddedTokens() {
    return ids.length;
  }

  /** A batch being put together. */
  private static final class Filling {
    private final TokenSequences set;
    private final List<int[]> rows;
    private final int length;
    private final long[] ids;
    private final long[] mask;
    private final long[] positions;
    private final long[] labelPositions;
    private final long[] labels;
    private int labelled;
    private long real;

    Filling(TokenSequences set, List<int[]> rows, int length) {
      this.set = set;
      this.rows = rows.stream().map(int[]::clone).toList();
      this.length = length;
      int cells = Math.multiplyExact(rows.size(), length);
      this.ids = new long[cells];
      this.mask = new long[cells];
      this.positions = new long[cells];
      this.labelPositions = new long[cells];
      this.labels = new long[cells];
      Arrays.fill(ids, set.padId());
    }

    SequenceBatch finish() {
      for (int b = 0; b < rows.size(); b++) {
        int cell = b * length;
        int segment = 0;
        for (int row : rows.get(b)) {
          segment++;
          put(set.sequence(row), segment, cell);
          cell += set.length(row);
        }
      }
      float[] weights = new float[labelled];
      Arrays.fill(weights, 1);
      return new SequenceBatch(
          rows,
          length,
          ids,
          mask,
          positions,
          Arrays.copyOf(labelPositions, labelled),
          Arrays.copyOf(labels, labelled),
          weights,
          real);
    }

    private void put(TokenSequence sequence, int segment, int cell) {
      real += sequence.length();
      for (int t = 0; t < sequence.length(); t++) {
        ids[cell + t] = sequence.id(t);
        mask[cell + t] = segment;
        positions[cell + t] = t;
        if (sequence.learned(t)) {
          labelPositions[labelled] = cell + t - 1L;
          labels[labelled++] = sequence.id(t);
        }
      }
    }
  }
}
