package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The gradient of a Slice whose bounds are known at run time only, or whose steps are not 1.
 *
 * <p>The same Slice, applied to the positions along an axis, tells where each element came from;
 * there the gradient is put into zeros, one axis after the other.
 */
final class SliceGradient {
  private final BackwardScope s;
  private final int rank;

  SliceGradient(BackwardScope scope, int rank) {
    this.s = scope;
    this.rank = rank;
  }

  void give() {
    List<Long> axes = axes();
    String g = s.dy();
    for (int i = 0; i < axes.size(); i++) {
      g = spread(g, i, Math.floorMod(axes.get(i), rank));
    }
    s.give(0, g);
  }

  private List<Long> axes() {
    if (s.has(3)) {
      return s.constantOf(s.x(3))
          .map(Tensor::toLongs)
          .orElseThrow(
              () ->
                  MissingGradientException.because(
                      s.node(), "axes '%s' must be constant".formatted(s.x(3))));
    }
    Long[] all = new Long[boundCount()];
    Arrays.setAll(all, i -> (long) i);
    return List.of(all);
  }

  private int boundCount() {
    return s.shape(s.x(1)).dim(0) instanceof dev.graft.onnx.Dim.Fixed f ? (int) f.size() : rank;
  }

  /** Puts {@code g} into zeros along {@code axis}, which the {@code i}-th bounds cut. */
  private String spread(String g, int i, int axis) {
    String size = s.dimOf(s.x(0), axis);
    String scalarSize = s.once("Squeeze", Map.of(), size);
    String zero = s.constant(Tensor.scalar(dev.graft.onnx.ElementType.INT64, 0));
    String one = s.constant(Tensor.scalar(dev.graft.onnx.ElementType.INT64, 1));
    String positions = s.once("Range", Map.of(), zero, scalarSize, one);
    String from = bound(1, i);
    String to = bound(2, i);
    String first = s.longs(0);
    String kept =
        s.has(4)
            ? s.once("Slice", Map.of(), positions, from, to, first, bound(4, i))
            : s.once("Slice", Map.of(), positions, from, to, first);
    long[] column = new long[rank];
    Arrays.fill(column, 1);
    column[axis] = -1;
    String shape = s.op("Shape", g);
    String indices = s.op("Expand", s.once("Reshape", Map.of(), kept, s.longs(column)), shape);
    String target = s.op("ScatterElements", shape, s.longs(axis), size);
    return s.op(
        "ScatterElements",
        Map.of("axis", Attribute.of(axis)),
        s.zeros(target, s.elementType()),
        indices,
        g);
  }

  private String bound(int input, int i) {
    String wide =
        s.once(
            "Cast",
            Map.of("to", Attribute.of(dev.graft.onnx.ElementType.INT64.number())),
            s.x(input));
    return s.once("Gather", Map.of(), wide, s.longs(i));
  }
}
