package dev.graft.generate;

import java.util.List;

/**
 * The log-probability of a generated token, and of the most probable ones in its place.
 *
 * @param chosen the token that was generated
 * @param top the most probable tokens before sampling, most probable first; as many as were asked
 *     for
 */
public record TokenScore(Candidate chosen, List<Candidate> top) {

  /**
   * A token that could be next. Logarithms are natural.
   *
   * @param token its id
   * @param logProb of the distribution that the model gives, before any sampling setting
   * @param sampledLogProb of the distribution that is drawn from: after repetition penalty,
   *     temperature, top-k, top-p and min-p; negative infinity for a token these rule out. With
   *     greedy choice the repetition penalty alone counts
   */
  public record Candidate(int token, double logProb, double sampledLogProb) {}

  public TokenScore {
    top = List.copyOf(top);
  }
}
