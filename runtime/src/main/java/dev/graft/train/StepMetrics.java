package dev.graft.train;

/**
 * What one optimizer step did.
 *
 * @param step 1 for the first
 * @param loss mean loss over the step's counted rows, before the update
 * @param learningRate of the A factors and the head
 * @param gradNorm global norm of the gradient, before clipping
 * @param tokens real tokens, special ones included
 * @param paddedTokens tokens the model computed, padding included
 * @param seconds duration of the step
 */
public record StepMetrics(
    int step,
    double loss,
    double learningRate,
    double gradNorm,
    long tokens,
    long paddedTokens,
    double seconds) {}
