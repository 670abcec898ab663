package dev.graft.adapter.lora;

import dev.graft.adapter.FloatTensor;

/**
 * The two factors of one LoRA module in PEFT's orientation.
 *
 * @param a {@code [r, in]}
 * @param b {@code [out, r]}
 */
public record LoraWeights(FloatTensor a, FloatTensor b) {

  /**
   * Check that the factors fit each other.
   *
   * @throws IllegalArgumentException if one is not a non-empty matrix or the ranks differ
   */
  public LoraWeights {
    if (a.shape().size() != 2 || b.shape().size() != 2) {
      throw new IllegalArgumentException(
          "LoRA factors must be matrices, found A %s and B %s; expected A [r, in] and B [out, r]"
              .formatted(a.shape(), b.shape()));
    }
    if (a.size() == 0 || b.size() == 0) {
      throw new IllegalArgumentException(
          "LoRA factors must not be empty, found A %s and B %s".formatted(a.shape(), b.shape()));
    }
    if (!a.shape().get(0).equals(b.shape().get(1))) {
      throw new IllegalArgumentException(
          "LoRA factors disagree on the rank: A %s has %d rows, B %s has %d columns"
              .formatted(a.shape(), a.shape().get(0), b.shape(), b.shape().get(1)));
    }
  }

  /** The rank {@code r}. */
  public int rank() {
    return Math.toIntExact(a.shape().get(0));
  }

  /** The number of features the module takes. */
  public int in() {
    return Math.toIntExact(a.shape().get(1));
  }

  /** The number of features the module gives. */
  public int out() {
    return Math.toIntExact(b.shape().get(0));
  }

  /** Whether the update {@code B * A} is certainly zero because a factor is. */
  public boolean isZero() {
    return b.isZero() || a.isZero();
  }

  /** Whether no value of either factor is NaN or infinite. */
  public boolean isFinite() {
    return a.isFinite() && b.isFinite();
  }
}
