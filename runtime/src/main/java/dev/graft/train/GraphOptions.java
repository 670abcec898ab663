package dev.graft.train;

import dev.graft.session.BasePrecision;

/**
 * How a graph of a run is computed.
 *
 * @param precision of products with frozen weights
 * @param dropout the probability with which inputs of LoRA modules are dropped; where it is not 0,
 *     the graph has an input for the mask of every module
 * @param checkpointing whether the backward pass computes the inside of layers again
 */
record GraphOptions(BasePrecision precision, double dropout, boolean checkpointing) {
  /** Every value is computed once, and none is dropped. */
  static GraphOptions plain(BasePrecision precision) {
    return new GraphOptions(precision, 0, false);
  }
}
