package dev.graft.train;

/**
 * What one evaluation found.
 *
 * @param step the step after which it took place
 * @param evalLoss mean cross-entropy of the rows, without label smoothing and class weights
 * @param evalAccuracy share of the rows whose largest logit is their label's, in [0, 1]
 */
public record EvalMetrics(int step, double evalLoss, double evalAccuracy) {}
