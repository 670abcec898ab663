package dev.graft.generate;

import java.time.Duration;
import java.util.List;

/**
 * What was generated.
 *
 * @param text the answer, without prompt, end token and stop string
 * @param tokens all generated tokens, that which ended the answer included
 * @param finishReason why it ended
 * @param promptTokens how many tokens the prompt has
 * @param scores one per token if they were asked for, else none
 * @param adapter the name the request gave; empty for the base
 * @param adapterDigest the content of the adapter that answered; empty for the base
 * @param firstTokenAfter from the submission to the first token; zero if there was none
 * @param total from the submission to the end
 */
public record GenerationResult(
    String text,
    List<Integer> tokens,
    FinishReason finishReason,
    int promptTokens,
    List<TokenScore> scores,
    String adapter,
    String adapterDigest,
    Duration firstTokenAfter,
    Duration total) {
  public GenerationResult {
    tokens = List.copyOf(tokens);
    scores = List.copyOf(scores);
  }
}
