package dev.graft.train;

/**
 * The learning rate of every step, as the schedulers of Hugging Face Transformers give it ({@code
 * get_scheduler} with {@code constant_with_warmup}, {@code linear} and {@code cosine}): it rises in
 * a straight line during the warm-up, from zero at the first step, and then follows the schedule.
 *
 * @param base the highest learning rate
 * @param warmupSteps steps before the schedule sets in
 * @param totalSteps steps of the whole run
 */
record LearningRate(double base, Schedule schedule, int warmupSteps, int totalSteps) {

  /**
   * The learning rate of one step.
   *
   * @param step 0 for the first
   */
  double at(int step) {
    return base * factor(step);
  }

  private double factor(int step) {
    if (step < warmupSteps) {
      return (double) step / Math.max(1, warmupSteps);
    }
    double falling = Math.max(1, totalSteps - warmupSteps);
    return switch (schedule) {
      case CONSTANT -> 1;
      case LINEAR -> Math.max(0, (totalSteps - step) / falling);
      case COSINE ->
          Math.max(0, 0.5 * (1 + StrictMath.cos(Math.PI * (step - warmupSteps) / falling)));
    };
  }
}
