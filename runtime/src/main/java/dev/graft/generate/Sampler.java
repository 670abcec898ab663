package dev.graft.generate;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Chooses tokens. Holds the working memory of one choice, so it is for one thread; what a choice
 * depends on comes with each call.
 */
final class Sampler {
  /** The logits as they come, then after the repetition penalty and the temperature. */
  private final float[] scores;

  private final RankedScores ranked;

  /** Tokens that may be drawn, ascending, and their weights; only the first {@link #count}. */
  private final int[] tokens;

  private final double[] weights;
  private int count;
  private double total;
  private float largest;

  Sampler(int vocabulary) {
    scores = new float[vocabulary];
    ranked = new RankedScores(vocabulary);
    tokens = new int[vocabulary];
    weights = new double[vocabulary];
  }

  /** Where the logits go before {@link #choose}, which changes them. */
  float[] scores() {
    return scores;
  }

  /**
   * Chooses the next token.
   *
   * @param seen the tokens that the repetition penalty is for
   * @param position how many tokens the sequence has generated; with the seed it decides the draw
   * @throws IllegalStateException if no logit is a number
   */
  int choose(Sampling sampling, BitSet seen, long position) {
    penalize((float) sampling.repetitionPenalty(), seen);
    int best = best();
    largest = scores[best];
    count = -1;
    if (sampling.isGreedy()) {
      return best;
    }
    scale((float) sampling.temperature());
    largest = scores[best];
    restrict(sampling);
    return draw(CounterRandom.uniform(sampling.seed(), position));
  }

  private void penalize(float penalty, BitSet seen) {
    if (penalty == 1) {
      return;
    }
    for (int t = seen.nextSetBit(0); t >= 0; t = seen.nextSetBit(t + 1)) {
      scores[t] = scores[t] < 0 ? scores[t] * penalty : scores[t] / penalty;
    }
  }

  /** The first of the largest scores. */
  private int best() {
    int best = -1;
    float score = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > score) {
        score = scores[i];
        best = i;
      }
    }
    if (best < 0 || score == Float.POSITIVE_INFINITY) {
      throw new IllegalStateException(
          "the model's logits are not finite; the adapter or the base has broken weights");
    }
    return best;
  }

  private void scale(float temperature) {
    if (temperature == 1) {
      return;
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= temperature;
    }
  }

  /** Finds the tokens that may be drawn. */
  private void restrict(Sampling sampling) {
    if (sampling.topK() > 0 || sampling.topP() < 1) {
      restrictByRank(sampling);
    } else {
      count = scores.length;
      for (int i = 0; i < count; i++) {
        tokens[i] = i;
      }
    }
    keepLikely(sampling.minP());
  }

  private void restrictByRank(Sampling sampling) {
    ranked.start(scores);
    int most = sampling.topK() == 0 ? scores.length : Math.min(sampling.topK(), scores.length);
    double mass = sampling.topP() < 1 ? massOf(sampling, most) : 1;
    double above = 0;
    float last = Float.NaN;
    count = 0;
    while (ranked.hasNext()) {
      int token = ranked.next();
      // As many as the last of the k has for equals.
      boolean withinK = count < most || scores[token] == last;
      boolean withinP = count == 0 || sampling.topP() == 1 || above < sampling.topP() * mass;
      if (!withinK || !withinP) {
        break;
      }
      tokens[count++] = token;
      last = scores[token];
      above += weight(token);
    }
    // In the order of ids a draw does not depend on the order of almost equal scores.
    Arrays.sort(tokens, 0, count);
  }

  /** The weight of all tokens that are left to top-p by top-k. */
  private double massOf(Sampling sampling, int most) {
    double mass = 0;
    if (sampling.topK() == 0) {
      for (int i = 0; i < scores.length; i++) {
        mass += weight(i);
      }
      return mass;
    }
    float last = Float.NaN;
    for (int i = 0; ranked.hasNext(); i++) {
      int token = ranked.next();
      if (i >= most && scores[token] != last) {
        break;
      }
      last = scores[token];
      mass += weight(token);
    }
    ranked.start(scores);
    return mass;
  }

  private double weight(int token) {
    return Math.exp((double) scores[token] - largest);
  }

  private void keepLikely(double minP) {
    int kept = 0;
    total = 0;
    for (int i = 0; i < count; i++) {
      double weight = weight(tokens[i]);
      // The most probable token has weight 1. What is no number is never drawn.
      if (weight >= minP && weight > 0) {
        tokens[kept] = tokens[i];
        weights[kept++] = weight;
        total += weight;
      }
    }
    count = kept;
  }

  private int draw(double uniform) {
    double left = uniform * total;
    for (int i = 0; i < count; i++) {
      left -= weights[i];
      if (left < 0) {
        return tokens[i];
      }
    }
    return tokens[count - 1];
  }

  /** The log-probability of a token in what the last choice was made from. */
  double logProb(int token) {
    if (count < 0) {
      // A greedy choice needs no weights unless somebody asks.
      count = scores.length;
      for (int i = 0; i < count; i++) {
        tokens[i] = i;
      }
      keepLikely(0);
    }
    boolean possible = Arrays.binarySearch(tokens, 0, count, token) >= 0;
    return possible ? (double) scores[token] - largest - Math.log(total) : Double.NEGATIVE_INFINITY;
  }
}
