package dev.graft.text;

import java.util.Arrays;

/** The tokens of one text, whole, with the places in the text that they come from. */
public final class TokenizedText {
  private final int[] ids;
  private final int[] starts;
  private final int[] ends;
  private final boolean[] added;

  TokenizedText(int[] ids, int[] starts, int[] ends, boolean[] added) {
    this.ids = ids;
    this.starts = starts;
    this.ends = ends;
    this.added = added;
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

  /** Whether the tokenizer added the token around the text. */
  public boolean added(int index) {
    return added[index];
  }

  /**
   * The first character (UTF-16 index) that a token of the text covers. A tokenizer may leave out
   * white space at either end; tokens that share one character all cover the whole of it.
   */
  public int start(int index) {
    return starts[index];
  }

  /** The character after the last that a token of the text covers. */
  public int end(int index) {
    return ends[index];
  }

  @Override
  public String toString() {
    return "TokenizedText" + Arrays.toString(ids);
  }
}
