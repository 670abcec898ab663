package dev.graft.train;

/** In what numbers the products with the base's frozen weights are computed while training. */
public enum BasePrecision {
  /** 32-bit floats, as the weights are. */
  FP32,
  /**
   * 8-bit integers: several times as fast where the processor has instructions for them, with a
   * base that is slightly off while the adapter learns. Adapter, head, loss and optimizer stay in
   * float.
   */
  INT8
}
