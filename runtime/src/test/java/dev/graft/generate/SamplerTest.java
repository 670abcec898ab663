package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.BitSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SamplerTest {
  /** Probabilities 0.4, 0.3, 0.2, 0.06, 0.04 in another order of tokens. */
  private static final float[] LOGITS = {
    (float) Math.log(0.06),
    (float) Math.log(0.4),
    (float) Math.log(0.2),
    (float) Math.log(0.04),
    (float) Math.log(0.3)
  };

  private static final Sampling DRAWN = Sampling.seeded(5);
  private final BitSet seen = new BitSet();

  private int choose(Sampler sampler, Sampling sampling, long position, float... logits) {
    System.arraycopy(logits, 0, sampler.scores(), 0, logits.length);
    return sampler.choose(sampling, seen, position);
  }

  /** All tokens that come up in many draws. */
  private Set<Integer> drawn(Sampling sampling, float... logits) {
    Sampler sampler = new Sampler(logits.length);
    Set<Integer> tokens = new TreeSet<>();
    for (int i = 0; i < 2_000; i++) {
      tokens.add(choose(sampler, sampling, i, logits));
    }
    return tokens;
  }

  @Test
  void greedyTakesTheFirstOfTheMostProbable() {
    assertEquals(1, choose(new Sampler(4), Sampling.greedy(), 0, 1, 3, 3, 2));
  }

  @Test
  void drawsAsOftenAsTheModelSays() {
    Sampler sampler = new Sampler(5);
    int[] counts = new int[5];
    for (int i = 0; i < 100_000; i++) {
      counts[choose(sampler, DRAWN, i, LOGITS)]++;
    }
    double[] expected = {0.06, 0.4, 0.2, 0.04, 0.3};
    for (int i = 0; i < 5; i++) {
      assertEquals(expected[i], counts[i] / 1e5, 0.006);
    }
  }

  @Test
  void aTemperatureSharpens() {
    Sampler sampler = new Sampler(2);
    choose(sampler, DRAWN.withTemperature(0.5), 0, (float) Math.log(0.2), (float) Math.log(0.8));
    assertEquals(Math.log(0.64 / 0.68), sampler.logProb(1), 1e-6);
  }

  @Test
  void topKKeepsTheMostProbableAndTheirEquals() {
    assertEquals(Set.of(1, 4), drawn(DRAWN.withTopK(2), LOGITS));
    assertEquals(Set.of(0, 1, 2), drawn(DRAWN.withTopK(2), 5, 6, 5, 1));
    assertEquals(Set.of(0, 1), drawn(DRAWN.withTopK(9), 1, 1));
  }

  @Test
  void topPKeepsTheFewestThatReachIt() {
    assertEquals(Set.of(1), drawn(DRAWN.withTopP(0.39), LOGITS));
    assertEquals(Set.of(1, 4), drawn(DRAWN.withTopP(0.41), LOGITS));
    assertEquals(Set.of(1, 2, 4), drawn(DRAWN.withTopP(0.89), LOGITS));
  }

  @Test
  void topPCountsWhatTopKLeft() {
    // Of the two that are left the first has 4/7 = 0.571.
    assertEquals(Set.of(1), drawn(DRAWN.withTopK(2).withTopP(0.56), LOGITS));
    assertEquals(Set.of(1, 4), drawn(DRAWN.withTopK(2).withTopP(0.58), LOGITS));
  }

  @Test
  void minPIsAShareOfTheMostProbable() {
    assertEquals(Set.of(1, 2, 4), drawn(DRAWN.withMinP(0.49), LOGITS));
    assertEquals(Set.of(1, 4), drawn(DRAWN.withMinP(0.51), LOGITS));
  }

  @Test
  void theRepetitionPenaltyDividesPositiveLogitsAndMultipliesNegativeOnes() {
    seen.set(1);
    seen.set(2);
    Sampling penalized = Sampling.greedy().withRepetitionPenalty(2);

    assertEquals(0, choose(new Sampler(3), penalized, 0, 2, 3, -1));
    assertEquals(0, choose(new Sampler(3), penalized, 0, -1.5f, -1, -1));
    assertEquals(1, choose(new Sampler(3), penalized, 0, 1, 3, -1));
  }

  @Test
  void theSameSeedDrawsTheSameAtTheSamePosition() {
    Sampler sampler = new Sampler(5);
    boolean differs = false;
    for (int i = 0; i < 100; i++) {
      int first = choose(sampler, DRAWN, i, LOGITS);
      assertEquals(first, choose(sampler, DRAWN, i, LOGITS));
      differs |= first != choose(sampler, DRAWN.withSeed(6), i, LOGITS);
    }
    assertEquals(true, differs);
  }

  @Test
  void almostEqualScoresInAnotherOrderDrawTheSame() {
    Sampler sampler = new Sampler(3);
    Sampling topP = DRAWN.withTopP(0.9);
    for (int i = 0; i < 1_000; i++) {
      assertEquals(
          choose(sampler, topP, i, 1, 1.0000001f, -9), choose(sampler, topP, i, 1.0000001f, 1, -9));
    }
  }

  @Test
  void whatIsNoNumberIsNeverChosen() {
    assertEquals(Set.of(1), drawn(DRAWN, Float.NaN, 2, Float.NEGATIVE_INFINITY));
    assertEquals(Set.of(1), drawn(DRAWN.withTopK(2), Float.NaN, 2, Float.NEGATIVE_INFINITY));
    assertThrows(
        IllegalStateException.class,
        () -> choose(new Sampler(2), Sampling.greedy(), 0, Float.NaN, Float.NaN));
  }

  @Test
  void scoresAreOfTheModelAndOfWhatWasDrawnFrom() {
    Sampler sampler = new Sampler(5);
    TokenScorer scorer = new TokenScorer(5);
    scorer.observe(LOGITS);
    int chosen = choose(sampler, DRAWN.withTopK(2), 0, LOGITS);

    TokenScore score = scorer.score(chosen, 3, sampler);

    assertEquals(chosen, score.chosen().token());
    assertEquals(1, score.top().get(0).token());
    assertEquals(Math.log(0.4), score.top().get(0).logProb(), 1e-6);
    assertEquals(Math.log(0.4 / 0.7), score.top().get(0).sampledLogProb(), 1e-6);
    assertEquals(4, score.top().get(1).token());
    assertEquals(Math.log(0.2), score.top().get(2).logProb(), 1e-6);
    assertEquals(Double.NEGATIVE_INFINITY, score.top().get(2).sampledLogProb());
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    for (double broken : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> DRAWN.withTemperature(broken));
      assertThrows(IllegalArgumentException.class, () -> DRAWN.withTopP(broken));
      assertThrows(IllegalArgumentException.class, () -> DRAWN.withMinP(broken));
      assertThrows(IllegalArgumentException.class, () -> DRAWN.withRepetitionPenalty(broken));
    }
    assertThrows(IllegalArgumentException.class, () -> DRAWN.withTopP(0));
    assertThrows(IllegalArgumentException.class, () -> DRAWN.withTopK(-1));
  }
}
