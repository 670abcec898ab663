package dev.graft.generate;

import java.util.List;
import java.util.Set;

/**
 * When an answer ends.
 *
 * @param maxNewTokens the most tokens to generate
 * @param strings texts that end the answer; they are not part of it
 * @param tokens tokens that end the answer besides those of the model; they are not part of it
 * @param endTokens whether the model's own end tokens end the answer
 */
public record Stopping(
    int maxNewTokens, List<String> strings, Set<Integer> tokens, boolean endTokens) {

  /** How many tokens are generated at most unless somebody says otherwise. */
  public static final int DEFAULT_MAX_NEW_TOKENS = 256;

  private static final Stopping DEFAULTS =
      new Stopping(DEFAULT_MAX_NEW_TOKENS, List.of(), Set.of(), true);

  /**
   * Check and copy.
   *
   * @throws IllegalArgumentException if the number of tokens is not at least 1 or a string is empty
   */
  public Stopping {
    strings = List.copyOf(strings);
    tokens = Set.copyOf(tokens);
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "max new tokens is %d, expected 1 or more".formatted(maxNewTokens));
    }
    if (strings.contains("")) {
      throw new IllegalArgumentException("a stop string is empty; it would end every answer");
    }
  }

  /** At the model's end tokens, or after {@link #DEFAULT_MAX_NEW_TOKENS}. */
  public static Stopping defaults() {
    return DEFAULTS;
  }

  public Stopping withMaxNewTokens(int value) {
    return new Stopping(value, strings, tokens, endTokens);
  }

  public Stopping withStrings(List<String> values) {
    return new Stopping(maxNewTokens, values, tokens, endTokens);
  }

  public Stopping withTokens(Set<Integer> values) {
    return new Stopping(maxNewTokens, strings, values, endTokens);
  }

  /** Without the model's end tokens an answer gets its full length. */
  public Stopping withEndTokens(boolean value) {
    return new Stopping(maxNewTokens, strings, tokens, value);
  }
}
