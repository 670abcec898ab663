package dev.graft.data;

/**
 * How long a sequence may be.
 *
 * @param maxLength most tokens, special tokens included
 * @param refuseLonger whether a longer example is an error; else its end is cut off and reported
 */
public record SequenceLimit(int maxLength, boolean refuseLonger) {
  public SequenceLimit {
    if (maxLength < 2) {
      throw new IllegalArgumentException(
          "maximum length is %d tokens, expected 2 or more".formatted(maxLength));
    }
  }

  /** Longer examples are cut. */
  public static SequenceLimit cutAt(int maxLength) {
    return new SequenceLimit(maxLength, false);
  }
}
