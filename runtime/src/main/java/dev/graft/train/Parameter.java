package dev.graft.train;

import java.util.List;

/**
 * One trained tensor, in the orientation and under the input name of the training graph.
 *
 * @param shape A {@code [in, r]}, B {@code [r, out]}, head weight {@code [H, L]}, head bias {@code
 *     [L]}, prefix {@code [heads, virtual, features]}
 * @param scale what the graph's input is a multiple of: the LoRA scale for B, 1 for the others
 */
record Parameter(String input, List<Long> shape, double scale) {
  Parameter {
    shape = List.copyOf(shape);
  }

  /** The output that holds its gradient. */
  String gradient() {
    return input + "_grad";
  }

  int size() {
    return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
  }

  long[] dims() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
