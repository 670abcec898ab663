package dev.graft.adapter;

import java.util.HashSet;
import java.util.List;

/**
 * An input with the outputs its trainer saw, kept to check that an adapter still does the same
 * after a journey.
 *
 * <p>The outputs of an encoder are given in full: its vector, and the logits of the labels. Of a
 * decoder's logits for the next token, one per word of its vocabulary, only those of some tokens
 * are.
 *
 * @param text the input
 * @param tokens the tokens whose logits {@code base} and {@code adapter} are, for a decoder; empty
 *     where the outputs are complete
 * @param base the output without the adapter; empty where the base has no such output
 * @param adapter the output with the adapter
 */
public record Probe(String text, List<Integer> tokens, List<Float> base, List<Float> adapter) {
  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if an expected value is NaN or infinite, or tokens are given
   *     and a token is negative, given twice or has no value
   */
  public Probe {
    tokens = List.copyOf(tokens);
    base = List.copyOf(base);
    adapter = List.copyOf(adapter);
    checkFinite("base", base);
    checkFinite("adapter", adapter);
    if (!tokens.isEmpty()) {
      checkTokens(tokens);
      checkCount("base", base, tokens);
      checkCount("adapter", adapter, tokens);
    }
  }

  /** A probe whose outputs are complete. */
  public Probe(String text, List<Float> base, List<Float> adapter) {
    this(text, List.of(), base, adapter);
  }

  private static void checkFinite(String which, List<Float> values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "a probe's %s output must be finite, found %s".formatted(which, value));
      }
    }
  }

  private static void checkTokens(List<Integer> tokens) {
    HashSet<Integer> seen = new HashSet<>();
    for (int token : tokens) {
      if (token < 0 || !seen.add(token)) {
        throw new IllegalArgumentException(
            "a probe's tokens must be different and not negative, found %d%s"
                .formatted(token, token < 0 ? "" : " twice"));
      }
    }
  }

  private static void checkCount(String which, List<Float> values, List<Integer> tokens) {
    if (values.size() != tokens.size()) {
      throw new IllegalArgumentException(
          "a probe of %d tokens must have as many values of the %s, found %d"
              .formatted(tokens.size(), which, values.size()));
    }
  }
}
