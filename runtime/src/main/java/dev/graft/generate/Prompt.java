package dev.graft.generate;

import java.util.List;

/**
 * What a sequence begins with: a text, or tokens.
 *
 * @param text the text; empty where there are tokens
 * @param addSpecialTokens whether the tokenizer puts its special tokens around the text
 * @param tokens the tokens, used instead of the text if there are any
 */
public record Prompt(String text, boolean addSpecialTokens, List<Integer> tokens) {
  public Prompt {
    tokens = List.copyOf(tokens);
  }

  /** A plain text. */
  public static Prompt of(String text) {
    return new Prompt(text, true, List.of());
  }

  /** A text that a chat template made, which has its special tokens in it. */
  public static Prompt ofRendered(String text) {
    return new Prompt(text, false, List.of());
  }

  /** Tokens as they are. */
  public static Prompt ofTokens(List<Integer> tokens) {
    return new Prompt("", false, tokens);
  }
}
