package dev.graft.generate;

/**
 * How the next token is chosen, as Hugging Face Transformers defines each setting and in its order:
 * repetition penalty, temperature, top-k, top-p, min-p.
 *
 * @param temperature what logits are divided by; 0 takes the most probable token always (greedy)
 * @param topK how many of the most probable tokens may be drawn; 0 for all
 * @param topP the least probability that the tokens which may be drawn have together; 1 for all
 *     (nucleus sampling, Holtzman et al. 2019, https://arxiv.org/abs/1904.09751)
 * @param minP the least probability of a token that may be drawn, as a share of the most probable
 *     one's (Nguyen et al. 2024, https://arxiv.org/abs/2407.01082); 0 for all
 * @param repetitionPenalty what the logits of tokens that occurred, prompt included, are divided by
 *     where positive and multiplied with where negative (Keskar et al. 2019,
 *     https://arxiv.org/abs/1909.05858); 1 for none
 * @param seed decides which tokens are drawn
 */
public record Sampling(
    double temperature, int topK, double topP, double minP, double repetitionPenalty, long seed) {

  private static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 0);

  /**
   * Check.
   *
   * @throws IllegalArgumentException if a number is outside its range
   */
  public Sampling {
    require("temperature", temperature, temperature >= 0 && temperature < 1e6, "0 or more");
    require("top-k", topK, topK >= 0, "0 or more");
    require("top-p", topP, topP > 0 && topP <= 1, "more than 0 and at most 1");
    require("min-p", minP, minP >= 0 && minP <= 1, "from 0 to 1");
    require(
        "repetition penalty",
        repetitionPenalty,
        repetitionPenalty > 0 && repetitionPenalty < 1e6,
        "more than 0");
  }

  private static void require(String what, double found, boolean valid, String expected) {
    if (!valid) {
      throw new IllegalArgumentException("%s is %s, expected %s".formatted(what, found, expected));
    }
  }

  /** The most probable token, always. */
  public static Sampling greedy() {
    return GREEDY;
  }

  /** Drawn from the model's own distribution. */
  public static Sampling seeded(long seed) {
    return new Sampling(1, 0, 1, 0, 1, seed);
  }

  /** Whether nothing is left to chance. */
  public boolean isGreedy() {
    return temperature == 0;
  }

  public Sampling withTemperature(double value) {
    return new Sampling(value, topK, topP, minP, repetitionPenalty, seed);
  }

  public Sampling withTopK(int value) {
    return new Sampling(temperature, value, topP, minP, repetitionPenalty, seed);
  }

  public Sampling withTopP(double value) {
    return new Sampling(temperature, topK, value, minP, repetitionPenalty, seed);
  }

  public Sampling withMinP(double value) {
    return new Sampling(temperature, topK, topP, value, repetitionPenalty, seed);
  }

  public Sampling withRepetitionPenalty(double value) {
    return new Sampling(temperature, topK, topP, minP, value, seed);
  }

  public Sampling withSeed(long value) {
    return new Sampling(temperature, topK, topP, minP, repetitionPenalty, value);
  }
}
