package dev.graft.train;

/**
 * How well a decoder predicts the tokens of some texts that are to be learned.
 *
 * @param texts how many texts
 * @param tokens how many tokens counted
 * @param right those of them that were the most likely ones
 * @param nll the sum of their negative log-likelihoods, in nats
 */
public record TextScore(long texts, long tokens, long right, double nll) {
  static final TextScore NONE = new TextScore(0, 0, 0, 0);

  TextScore plus(TextScore other) {
    return new TextScore(
        texts + other.texts, tokens + other.tokens, right + other.right, nll + other.nll);
  }

  /** Mean negative log-likelihood of a token, in nats. */
  public double meanNll() {
    return nll / Math.max(1, tokens);
  }

  /** {@code exp} of the mean negative log-likelihood. */
  public double perplexity() {
    return Math.exp(meanNll());
  }

  /** Share of the tokens that were the most likely ones, in [0, 1]. */
  public double accuracy() {
    return (double) right / Math.max(1, tokens);
  }
}
