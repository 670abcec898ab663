package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LearningRateTest {
  private static final double BASE = 0.004;

  @Test
  void constantStaysAfterItsWarmUp() {
    LearningRate rate = new LearningRate(BASE, Schedule.CONSTANT, 4, 20);
    assertRates(rate, 0, 0, 1, 0.001, 2, 0.002, 3, 0.003, 4, BASE, 19, BASE);
  }

  @Test
  void linearFallsToOneStepAboveZero() {
    LearningRate rate = new LearningRate(BASE, Schedule.LINEAR, 0, 8);
    assertRates(rate, 0, BASE, 2, 0.003, 4, 0.002, 7, BASE / 8);
  }

  @Test
  void linearReachesItsPeakWhenTheWarmUpEnds() {
    LearningRate rate = new LearningRate(BASE, Schedule.LINEAR, 4, 12);
    assertRates(rate, 0, 0, 2, 0.002, 4, BASE, 8, 0.002, 11, BASE / 8, 12, 0);
  }

  @Test
  void cosineIsHalfwayInTheMiddle() {
    LearningRate rate = new LearningRate(BASE, Schedule.COSINE, 2, 10);
    assertRates(rate, 1, 0.002, 2, BASE, 6, 0.002, 10, 0);
    assertEquals(BASE * 0.5 * (1 + Math.cos(Math.PI / 4)), rate.at(4), 1e-15);
  }

  @Test
  void aWarmUpAsLongAsTheRunNeverReachesThePeak() {
    LearningRate rate = new LearningRate(BASE, Schedule.LINEAR, 4, 4);
    assertRates(rate, 0, 0, 3, 0.003);
  }

  private static void assertRates(LearningRate rate, double... stepsAndRates) {
    for (int i = 0; i < stepsAndRates.length; i += 2) {
      int step = (int) stepsAndRates[i];
      assertEquals(stepsAndRates[i + 1], rate.at(step), 1e-15, "step " + step);
    }
  }
}
