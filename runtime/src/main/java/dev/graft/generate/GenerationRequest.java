package dev.graft.generate;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to generate.
 *
 * @param adapter the name of a loaded adapter; the base model where absent
 * @param sampling how tokens are chosen
 * @param stopping when the answer ends
 * @param topScores how many alternatives to score per token, 0 for the chosen token alone; no
 *     scores where absent
 */
public record GenerationRequest(
    Prompt prompt,
    Optional<String> adapter,
    Sampling sampling,
    Stopping stopping,
    OptionalInt topScores) {

  /** The most alternatives that are scored per token. */
  public static final int MOST_TOP_SCORES = 100;

  /**
   * Check.
   *
   * @throws IllegalArgumentException if more alternatives are asked for than there can be
   */
  public GenerationRequest {
    if (topScores.isPresent()
        && (topScores.getAsInt() < 0 || topScores.getAsInt() > MOST_TOP_SCORES)) {
      throw new IllegalArgumentException(
          "%d alternatives per token, expected 0 to %d"
              .formatted(topScores.getAsInt(), MOST_TOP_SCORES));
    }
  }

  /** A greedy continuation of a prompt by the base model. */
  public static GenerationRequest of(Prompt prompt) {
    return new GenerationRequest(
        prompt, Optional.empty(), Sampling.greedy(), Stopping.defaults(), OptionalInt.empty());
  }

  /** A greedy continuation of a plain text by the base model. */
  public static GenerationRequest of(String prompt) {
    return of(Prompt.of(prompt));
  }

  public GenerationRequest withPrompt(Prompt value) {
    return new GenerationRequest(value, adapter, sampling, stopping, topScores);
  }

  /** This request to a loaded adapter. */
  public GenerationRequest withAdapter(String name) {
    return new GenerationRequest(prompt, Optional.of(name), sampling, stopping, topScores);
  }

  public GenerationRequest withSampling(Sampling value) {
    return new GenerationRequest(prompt, adapter, value, stopping, topScores);
  }

  public GenerationRequest withStopping(Stopping value) {
    return new GenerationRequest(prompt, adapter, sampling, value, topScores);
  }

  public GenerationRequest withMaxNewTokens(int value) {
    return withStopping(stopping.withMaxNewTokens(value));
  }

  public GenerationRequest withStopStrings(String... values) {
    return withStopping(stopping.withStrings(List.of(values)));
  }

  /** Asks for log-probabilities of the chosen tokens and of so many alternatives to each. */
  public GenerationRequest withScores(int alternatives) {
    return new GenerationRequest(prompt, adapter, sampling, stopping, OptionalInt.of(alternatives));
  }
}
