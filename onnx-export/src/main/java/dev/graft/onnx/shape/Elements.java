package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Applies a function to the elements of contents that broadcast together. */
final class Elements {
  private Elements() {}

  static Content of(
      List<Long> dims, List<Content> inputs, Function<List<SizeExpr>, SizeExpr> function) {
    long count = dims.stream().reduce(1L, Math::multiplyExact);
    List<SizeExpr> out = new ArrayList<>();
    for (long flat = 0; flat < count; flat++) {
      List<SizeExpr> arguments = new ArrayList<>();
      for (Content input : inputs) {
        arguments.add(input.elements().get(index(flat, dims, input.dims())));
      }
      out.add(function.apply(arguments));
    }
    return new Content(dims, out);
  }

  /**
   * The row-major position in {@code from} that broadcasts to position {@code flat} of {@code to}.
   */
  private static int index(long flat, List<Long> to, List<Long> from) {
    long rest = flat;
    long index = 0;
    long stride = 1;
    for (int axis = to.size() - 1; axis >= 0; axis--) {
      long coordinate = rest % to.get(axis);
      rest /= to.get(axis);
      int fromAxis = axis - to.size() + from.size();
      if (fromAxis >= 0) {
        index += from.get(fromAxis) == 1 ? 0 : coordinate * stride;
        stride *= from.get(fromAxis);
      }
    }
    return (int) index;
  }
}
