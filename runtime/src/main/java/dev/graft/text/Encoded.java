package dev.graft.text;

import java.util.Arrays;

/** The tokens of one text, special tokens included, not padded. */
public final class Encoded {
  private final int[] ids;
  private final int[] typeIds;
  private final int fullLength;

  Encoded(int[] ids, int[] typeIds, int fullLength) {
    this.ids = ids;
    this.typeIds = typeIds;
    this.fullLength = fullLength;
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** Number of tokens before truncation, special tokens included. */
  public int fullLength() {
    return fullLength;
  }

  /** Whether tokens were cut off to keep the length asked for. */
  public boolean truncated() {
    return fullLength > ids.length;
  }

  public int id(int index) {
    return ids[index];
  }

  public int typeId(int index) {
    return typeIds[index];
  }

  /** Token ids; a copy. */
  public int[] ids() {
    return ids.clone();
  }

  /** Token type (segment) ids; a copy. */
  public int[] typeIds() {
    return typeIds.clone();
  }

  @Override
  public String toString() {
    return "Encoded" + Arrays.toString(ids);
  }
}
