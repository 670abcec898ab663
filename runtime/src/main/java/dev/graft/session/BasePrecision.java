package dev.graft.session;

/** In what numbers a graph computes the products with the base's frozen weights. */
public enum BasePrecision {
  /** 32-bit floats, as the weights are. */
  FP32,
  /**
   * 8-bit integers: several times as fast where the processor has instructions for them, with a
   * base that is slightly off. What adapters, heads and losses compute stays in float.
   */
  INT8
}
