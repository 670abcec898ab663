package dev.graft.train;

import dev.graft.adapter.SeededRandom;
import dev.graft.data.Batch;
import dev.graft.data.SequenceBatch;
import java.util.Arrays;

/**
 * Which tokens a run of the training graph computes: a key for every cell, which is the same
 * wherever the token ends up when batches are cut into runs, padded or packed, and another one in
 * every pass over the data.
 */
final class RunTokens {
  /** The key of a cell without a token. */
  static final long NONE = 0;

  private final int rows;
  private final int length;
  private final long[] cells;
  private final long[] picked;

  private RunTokens(int rows, int length, long[] cells, long[] picked) {
    this.rows = rows;
    this.length = length;
    this.cells = cells;
    this.picked = picked;
  }

  /** Texts that are classified, of which a model may pick the first token. */
  static RunTokens of(int epoch, Batch batch) {
    int length = batch.length();
    long[] cells = new long[Math.multiplyExact(batch.size(), length)];
    for (int b = 0; b < batch.size(); b++) {
      long text = textKey(epoch, batch.row(b));
      for (int t = 0; t < length; t++) {
        int cell = b * length + t;
        cells[cell] = batch.mask()[cell] == 0 ? NONE : tokenKey(text, t);
      }
    }
    long[] first = new long[batch.size()];
    Arrays.setAll(first, b -> cells[b * length]);
    return new RunTokens(batch.size(), length, cells, first);
  }

  /** Sequences, of which a model picks the tokens that predict. */
  static RunTokens of(int epoch, SequenceBatch batch) {
    int length = batch.length();
    long[] cells = new long[Math.multiplyExact(batch.size(), length)];
    for (int b = 0; b < batch.size(); b++) {
      long[] texts =
          Arrays.stream(batch.segments(b)).mapToLong(row -> textKey(epoch, row)).toArray();
      for (int cell = b * length; cell < (b + 1) * length; cell++) {
        int segment = (int) batch.mask()[cell];
        cells[cell] = segment == 0 ? NONE : tokenKey(texts[segment - 1], batch.positions()[cell]);
      }
    }
    long[] predicting =
        Arrays.stream(batch.labelPositions()).map(cell -> cells[(int) cell]).toArray();
    return new RunTokens(batch.size(), length, cells, predicting);
  }

  private static long textKey(int epoch, int row) {
    return SeededRandom.mix(((long) epoch << 32 | row) + SeededRandom.GAMMA);
  }

  private static long tokenKey(long text, long place) {
    return SeededRandom.mix(text + (place + 1) * SeededRandom.GAMMA);
  }

  /** B, the number of rows. */
  int rows() {
    return rows;
  }

  /** T, the padded number of tokens a row. */
  int length() {
    return length;
  }

  /** The keys of all cells, row-major; {@link #NONE} for padding. Not to be changed. */
  long[] cells() {
    return cells;
  }

  /** The keys of the tokens that the model picks, in its order. Not to be changed. */
  long[] picked() {
    return picked;
  }
}
