package dev.graft.adapter.lora;

/**
 * How the weights of a new LoRA module start. In both cases B is zero, so a new adapter changes
 * nothing.
 */
public enum InitLoraWeights {
  /**
   * A is uniform in {@code (-1/sqrt(in), 1/sqrt(in))}: PyTorch's {@code kaiming_uniform_} with
   * {@code a = sqrt(5)}.
   */
  DEFAULT,
  /** A is normal with standard deviation {@code 1/r}. */
  GAUSSIAN
}
