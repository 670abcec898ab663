package dev.graft.autodiff;

/**
 * How the gradient of an operator's outputs becomes the gradient of its inputs.
 *
 * <p>A rule gives a gradient to every input that {@link BackwardScope#wants} one, or declares it
 * {@link BackwardScope#stop stopped}; the engine checks that.
 */
@FunctionalInterface
interface GradientRule {
  void apply(BackwardScope s);
}
