package dev.graft.adapter.prefix;

import dev.graft.adapter.FloatTensor;

/**
 * The part of a prefix that one layer's attention sees.
 *
 * @param key {@code [kv_heads, virtual, head_dim]}; where the base rotates keys by position, these
 *     are rotated already, as past keys are
 * @param value {@code [kv_heads, virtual, head_dim]}
 */
public record PrefixLayer(FloatTensor key, FloatTensor value) {

  /**
   * Check that keys and values fit each other.
   *
   * @throws IllegalArgumentException if one is empty or has not three dimensions, or the shapes
   *     differ
   */
  public PrefixLayer {
    if (key.shape().size() != 3 || value.shape().size() != 3) {
      throw new IllegalArgumentException(
          ("keys and values of a prefix must be [kv_heads, virtual, head_dim], found keys %s and "
                  + "values %s")
              .formatted(key.shape(), value.shape()));
    }
    if (key.size() == 0) {
      throw new IllegalArgumentException(
          "keys of a prefix must not be empty, found %s".formatted(key.shape()));
    }
    if (!key.shape().equals(value.shape())) {
      throw new IllegalArgumentException(
          "keys %s and values %s of a prefix differ in shape"
              .formatted(key.shape(), value.shape()));
    }
  }

  /** Whether every key and every value is zero. */
  public boolean isZero() {
    return key.isZero() && value.isZero();
  }

  /** Whether no value is NaN or infinite. */
  public boolean isFinite() {
    return key.isFinite() && value.isFinite();
  }
}
