package dev.graft.probe;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A value that is not what was expected.
 *
 * @param index which one of the list
 * @param tolerance how far off it may be
 */
record Deviation(int index, float expected, float found, double tolerance) {
  /**
   * How far a value may be off, as a part of the largest expected one: other processors and thread
   * counts sum in another order, which changes logits by about 1e-5. Merging allows as much.
   */
  static final double TOLERANCE = 1e-3;

  /**
   * The value that is farthest from what was expected; empty if all are near enough.
   *
   * @param found as many values as are expected
   */
  static Optional<Deviation> worst(List<Float> expected, List<Float> found) {
    double tolerance = TOLERANCE * Math.max(1, size(expected));
    int worst = -1;
    double largest = tolerance;
    for (int i = 0; i < expected.size(); i++) {
      double difference = difference(expected.get(i), found.get(i));
      if (difference > largest) {
        worst = i;
        largest = difference;
      }
    }
    return worst < 0
        ? Optional.empty()
        : Optional.of(new Deviation(worst, expected.get(worst), found.get(worst), tolerance));
  }

  /** The largest difference of two lists, infinite where one is not a number. */
  static double largest(List<Float> some, List<Float> others) {
    double largest = 0;
    for (int i = 0; i < some.size(); i++) {
      largest = Math.max(largest, difference(some.get(i), others.get(i)));
    }
    return largest;
  }

  /** The largest magnitude. */
  static double size(List<Float> values) {
    return values.stream().mapToDouble(Math::abs).max().orElse(0);
  }

  private static double difference(float some, float other) {
    double difference = Math.abs((double) some - other);
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  /** The numbers, as a sentence goes on. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "is %.6g, recorded as %.6g: off by %.2g, where %.2g is allowed",
        found,
        expected,
        difference(found, expected),
        tolerance);
  }
}
