package dev.graft.train;

import dev.graft.adapter.NearestNames;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How much the rows of each label count in the loss. */
public sealed interface ClassWeights {

  /** All the same. */
  record None() implements ClassWeights {}

  /**
   * In inverse proportion to the label's rows: {@code rows / (labels * rows of the label)}, so that
   * every label has the same sum.
   */
  record Balanced() implements ClassWeights {}

  /**
   * As given.
   *
   * @param weights by label; a label that is not named weighs 1
   */
  record ByLabel(Map<String, Double> weights) implements ClassWeights {
    public ByLabel {
      weights = Collections.unmodifiableMap(new TreeMap<>(weights));
      weights.forEach(
          (label, weight) -> {
            if (!(weight >= 0) || weight.isInfinite()) {
              throw new IllegalArgumentException(
                  "the class weight of label \"%s\" must be a number of at least 0, found %s"
                      .formatted(label, weight));
            }
          });
    }
  }

  /**
   * The weight of every label.
   *
   * @param labels all labels in order
   * @param rows how many rows of the training data have each label; a label without any weighs 1
   * @throws IllegalArgumentException if a weight is given for a label that the data does not have
   */
  default float[] resolve(List<String> labels, int[] rows) {
    float[] weights = new float[labels.size()];
    long all = 0;
    int present = 0;
    for (int count : rows) {
      all += count;
      present += count > 0 ? 1 : 0;
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] =
          this instanceof Balanced && rows[i] > 0
              ? (float) ((double) all / ((double) present * rows[i]))
              : 1;
    }
    if (this instanceof ByLabel given) {
      given.weights.forEach(
          (label, weight) -> {
            int index = labels.indexOf(label);
            if (index < 0) {
              throw new IllegalArgumentException(
                  "a class weight is given for label \"%s\", which the data does not have; %s"
                      .formatted(label, NearestNames.suggestion(label, labels))
                      .strip());
            }
            weights[index] = weight.floatValue();
          });
    }
    return weights;
  }
}
