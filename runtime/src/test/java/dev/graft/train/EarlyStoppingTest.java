package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class EarlyStoppingTest {
  @Test
  void stopsAfterAsManyWorseEvaluationsInARowAsItHasPatience() {
    EarlyStopping stopping = new EarlyStopping(BestBy.LOSS, 2);
    assertTrue(stopping.isBest(new EvalMetrics(1, 0.5, 0.5)));
    assertFalse(stopping.isBest(new EvalMetrics(2, 0.6, 0.9)));
    assertFalse(stopping.exhausted());
    assertTrue(stopping.isBest(new EvalMetrics(3, 0.4, 0.1)));
    assertFalse(stopping.isBest(new EvalMetrics(4, 0.4, 0.1)));
    assertFalse(stopping.isBest(new EvalMetrics(5, 0.7, 0.1)));
    assertTrue(stopping.exhausted());
    assertEquals(Optional.of(new EvalMetrics(3, 0.4, 0.1)), stopping.best());
  }

  @Test
  void neverStopsWithoutPatience() {
    EarlyStopping stopping = new EarlyStopping(BestBy.LOSS, 0);
    for (int step = 1; step < 50; step++) {
      stopping.isBest(new EvalMetrics(step, step, 0));
    }
    assertFalse(stopping.exhausted());
  }

  @Test
  void prefersTheSmallerLossAmongEqualAccuracies() {
    EarlyStopping stopping = new EarlyStopping(BestBy.ACCURACY, 1);
    stopping.isBest(new EvalMetrics(1, 0.5, 0.8));
    assertTrue(stopping.isBest(new EvalMetrics(2, 0.4, 0.8)));
    assertFalse(stopping.isBest(new EvalMetrics(3, 0.1, 0.7)));
  }

  @Test
  void goesOnFromACheckpoint() {
    EarlyStopping stopping = new EarlyStopping(BestBy.LOSS, 2);
    stopping.restore(Optional.of(new EvalMetrics(3, 0.4, 0.1)), 1);
    assertFalse(stopping.isBest(new EvalMetrics(4, 0.5, 0.1)));
    assertTrue(stopping.exhausted());
  }
}
