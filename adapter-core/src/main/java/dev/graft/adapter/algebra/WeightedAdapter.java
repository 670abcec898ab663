package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;

/**
 * One of the adapters to combine.
 *
 * @param name what messages call it
 * @param adapter the adapter
 * @param weight its share; below zero the adapter is subtracted
 */
public record WeightedAdapter(String name, Adapter adapter, double weight) {
  /**
   * Check the weight.
   *
   * @throws IllegalArgumentException if it is zero or not a finite number
   */
  public WeightedAdapter {
    if (!Double.isFinite(weight) || weight == 0) {
      throw new IllegalArgumentException(
          "weight of \"%s\" must be a finite number other than 0, found %s"
              .formatted(name, weight));
    }
  }
}
