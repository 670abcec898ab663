package dev.graft.generate;

import dev.graft.generate.TokenScore.Candidate;
import java.util.ArrayList;
import java.util.List;

/** Scores tokens by the model's own distribution and by the one that was drawn from. */
final class TokenScorer {
  private final float[] logits;
  private final RankedScores ranked;
  private double logSum;

  TokenScorer(int vocabulary) {
    logits = new float[vocabulary];
    ranked = new RankedScores(vocabulary);
  }

  /** Keeps the logits of the next choice as the model gave them. */
  void observe(float[] values) {
    System.arraycopy(values, 0, logits, 0, logits.length);
    double largest = Double.NEGATIVE_INFINITY;
    for (float x : logits) {
      largest = Math.max(largest, x);
    }
    double sum = 0;
    for (float x : logits) {
      sum += Math.exp(x - largest);
    }
    logSum = largest + Math.log(sum);
  }

  /** Scores what the sampler chose from the observed logits. */
  TokenScore score(int chosen, int alternatives, Sampler sampler) {
    List<Candidate> top = new ArrayList<>();
    if (alternatives > 0) {
      ranked.start(logits);
      while (top.size() < alternatives && ranked.hasNext()) {
        top.add(candidate(ranked.next(), sampler));
      }
    }
    return new TokenScore(candidate(chosen, sampler), top);
  }

  private Candidate candidate(int token, Sampler sampler) {
    return new Candidate(token, logits[token] - logSum, sampler.logProb(token));
  }
}
