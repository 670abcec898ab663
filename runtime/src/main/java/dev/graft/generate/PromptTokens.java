package dev.graft.generate;

import dev.graft.module.DecoderInfo;
import dev.graft.text.TextTokenizer;

/** The tokens of prompts, as a decoder can read them. */
final class PromptTokens {
  private PromptTokens() {}

  /**
   * Takes the tokens of a prompt; of one without any, the token that the model begins with.
   *
   * @throws IllegalArgumentException if there are none to begin with, or one that the model has not
   */
  static int[] of(Prompt prompt, TextTokenizer tokenizer, DecoderInfo info) {
    int[] tokens =
        prompt.tokens().isEmpty()
            ? tokenizer.tokenize(prompt.text(), prompt.addSpecialTokens()).ids()
            : prompt.tokens().stream().mapToInt(Integer::intValue).toArray();
    if (tokens.length == 0) {
      return new int[] {
        info.bosTokenId()
            .map(Math::toIntExact)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the prompt has no tokens, and the model has none to begin with; give it a"
                            + " text"))
      };
    }
    for (int token : tokens) {
      if (token < 0 || token >= info.vocabSize()) {
        throw new IllegalArgumentException(
            "the prompt has token %d, the model's vocabulary goes from 0 to %d"
                .formatted(token, info.vocabSize() - 1));
      }
    }
    return tokens;
  }
}
