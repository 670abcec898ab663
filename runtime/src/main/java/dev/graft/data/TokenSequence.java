package dev.graft.data;

import java.util.Arrays;

/** The tokens of one example, and which of them are to be learned. */
public final class TokenSequence {
  private final int[] ids;
  private final boolean[] learned;
  private final long line;

  TokenSequence(int[] ids, boolean[] learned, long line) {
    this.ids = ids;
    this.learned = learned;
    this.line = line;
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  public int id(int index) {
    return ids[index];
  }

  /** Token ids; a copy. */
  public int[] ids() {
    return ids.clone();
  }

  /**
   * Whether predicting this token from those before it counts in the loss; never true of the first.
   */
  public boolean learned(int index) {
    return learned[index];
  }

  /** The line that its example begins at, from 1. */
  public long line() {
    return line;
  }

  /** Number of tokens that are to be learned. */
  int learnedTokens() {
    int count = 0;
    for (boolean flag : learned) {
      count += flag ? 1 : 0;
    }
    return count;
  }

  TokenSequence cut(int length) {
    return new TokenSequence(Arrays.copyOf(ids, length), Arrays.copyOf(learned, length), line);
  }

  @Override
  public String toString() {
    return "TokenSequence" + Arrays.toString(ids);
  }
}
