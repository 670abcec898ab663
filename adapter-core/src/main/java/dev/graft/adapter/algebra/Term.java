package dev.graft.adapter.algebra;

import dev.graft.adapter.lora.LoraWeights;

/**
 * What one adapter gives to one module.
 *
 * @param adapter number of the adapter in the list
 * @param factors its factors
 * @param scale factor of {@code B * A} in the adapter
 * @param weight share of the adapter
 */
record Term(int adapter, LoraWeights factors, double scale, double weight) {
  /** The factor of {@code B * A} in the weighted sum. */
  double factor() {
    return weight * scale;
  }
}
