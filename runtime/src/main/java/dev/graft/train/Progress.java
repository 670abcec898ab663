package dev.graft.train;

import java.util.Optional;

/**
 * How far a run has come; with the parameters' state, all that the rest of it depends on.
 *
 * @param step optimizer steps done
 * @param evaluatedStep the step after which the last evaluation took place; 0 before the first
 * @param lastLoss loss of the last step; 0 before the first
 * @param tokens real tokens of all steps
 * @param paddedTokens tokens of all steps, padding included
 * @param seconds duration of all steps
 * @param lastEval the last evaluation
 * @param best the best evaluation
 * @param sinceBest evaluations since the best one
 */
record Progress(
    int step,
    int evaluatedStep,
    double lastLoss,
    long tokens,
    long paddedTokens,
    double seconds,
    Optional<EvalMetrics> lastEval,
    Optional<EvalMetrics> best,
    int sinceBest) {

  static final Progress START =
      new Progress(0, 0, 0, 0, 0, 0, Optional.empty(), Optional.empty(), 0);

  Progress afterStep(StepMetrics metrics) {
    return new Progress(
        metrics.step(),
        evaluatedStep,
        metrics.loss(),
        tokens + metrics.tokens(),
        paddedTokens + metrics.paddedTokens(),
        seconds + metrics.seconds(),
        lastEval,
        best,
        sinceBest);
  }

  Progress afterEval(EvalMetrics metrics, EarlyStopping stopping) {
    return new Progress(
        step,
        step,
        lastLoss,
        tokens,
        paddedTokens,
        seconds,
        Optional.of(metrics),
        stopping.best(),
        stopping.since());
  }
}
