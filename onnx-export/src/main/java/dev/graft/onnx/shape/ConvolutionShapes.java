package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Shapes of convolutions and poolings: {@code [N, C, spatial..]}. */
final class ConvolutionShapes {
  private ConvolutionShapes() {}

  static Sizes conv(ShapeScope s) {
    Sizes in = s.sizes(0);
    Sizes weight = s.sizes(1);
    if (in.rank() != weight.rank() || in.rank() < 3) {
      throw s.conflict("cannot convolve shape %s with weight %s".formatted(in, weight));
    }
    SizeExpr group = SizeExpr.of(s.attribute("group", 1));
    s.requireEqual(in.get(1), weight.get(1).times(group), "channels of input and weight");
    Sizes kernel = s.attributes("kernel_shape").map(Sizes::ofLongs).orElseGet(() -> weight.from(2));
    return Sizes.of(in.get(0), weight.get(0)).plus(spatial(s, in, kernel));
  }

  static List<Sizes> pool(ShapeScope s) {
    Sizes in = s.sizes(0);
    Optional<List<Long>> kernel = s.attributes("kernel_shape");
    if (kernel.isEmpty() || kernel.get().size() != in.rank() - 2) {
      throw s.conflict(
          "kernel_shape %s does not fit shape %s".formatted(kernel.orElse(List.of()), in));
    }
    Sizes out = in.upTo(2).plus(spatial(s, in, Sizes.ofLongs(kernel.get())));
    return List.of(out, out);
  }

  static Sizes globalPool(ShapeScope s) {
    Sizes out = s.sizes(0);
    for (int i = 2; i < out.rank(); i++) {
      out = out.with(i, SizeExpr.of(1));
    }
    return out;
  }

  /** {@code floor((in + pads - dilation*(kernel-1) - 1) / stride) + 1} per spatial axis. */
  private static Sizes spatial(ShapeScope s, Sizes in, Sizes kernel) {
    int axes = in.rank() - 2;
    List<Long> strides = ints(s, "strides", axes, 1);
    List<Long> dilations = ints(s, "dilations", axes, 1);
    List<Long> pads = ints(s, "pads", 2 * axes, 0);
    String auto = s.node().stringAttribute("auto_pad", "NOTSET");
    boolean same = auto.startsWith("SAME");
    boolean ceil = s.attribute("ceil_mode", 0) != 0;
    List<SizeExpr> out = new ArrayList<>();
    for (int i = 0; i < axes; i++) {
      SizeExpr stride = SizeExpr.of(strides.get(i));
      SizeExpr size = in.get(i + 2);
      if (same) {
        SizeExpr rounded = size.plus(stride).minus(SizeExpr.of(1));
        out.add(orFresh(s, rounded.dividedDown(stride), i + 2));
        continue;
      }
      SizeExpr window = kernel.get(i).minus(SizeExpr.of(1)).times(SizeExpr.of(dilations.get(i)));
      long padding = auto.equals("VALID") ? 0 : pads.get(i) + pads.get(i + axes);
      SizeExpr room = size.plus(SizeExpr.of(padding - 1)).minus(window);
      SizeExpr steps = steps(s, room, strides.get(i), ceil, i + 2);
      out.add(steps.plus(SizeExpr.of(1)));
    }
    return new Sizes(out);
  }

  private static SizeExpr steps(ShapeScope s, SizeExpr room, long stride, boolean ceil, int axis) {
    if (room.constant().isPresent()) {
      long value = room.constant().getAsLong();
      if (value < 0) {
        throw s.conflict("the window is larger than the padded input at axis %d".formatted(axis));
      }
      return SizeExpr.of(ceil ? -Math.floorDiv(-value, stride) : value / stride);
    }
    return stride == 1 ? room : s.fresh(0, axis);
  }

  private static SizeExpr orFresh(ShapeScope s, SizeExpr size, int axis) {
    return size.isKnown() ? size : s.fresh(0, axis);
  }

  private static List<Long> ints(ShapeScope s, String name, int count, long fallback) {
    List<Long> given = s.attributes(name).orElse(Collections.nCopies(count, fallback));
    if (given.size() != count) {
      throw s.conflict("%s %s must have %d numbers".formatted(name, given, count));
    }
    return given;
  }

  /** {@code stride*(in-1) + output_padding + dilation*(kernel-1) + 1 - pads} per spatial axis. */
  static Sizes convTranspose(ShapeScope s) {
    Sizes in = s.sizes(0);
    Sizes weight = s.sizes(1);
    int axes = in.rank() - 2;
    List<Long> strides = ints(s, "strides", axes, 1);
    List<Long> dilations = ints(s, "dilations", axes, 1);
    List<Long> pads = ints(s, "pads", 2 * axes, 0);
    List<Long> extra = ints(s, "output_padding", axes, 0);
    Optional<List<Long>> given = s.attributes("output_shape");
    boolean explicit = s.node().stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
    List<SizeExpr> out = new ArrayList<>();
    out.add(in.get(0));
    out.add(weight.get(1).times(SizeExpr.of(s.attribute("group", 1))));
    SizeExpr one = SizeExpr.of(1);
    for (int i = 0; i < axes; i++) {
      if (given.isPresent()) {
        out.add(SizeExpr.of(given.get().get(i)));
        continue;
      }
      SizeExpr window = weight.get(i + 2).minus(one).times(SizeExpr.of(dilations.get(i)));
      SizeExpr full = in.get(i + 2).minus(one).times(SizeExpr.of(strides.get(i))).plus(window);
      long fixed = extra.get(i) + 1 - pads.get(i) - pads.get(i + axes);
      out.add(explicit ? full.plus(SizeExpr.of(fixed)) : s.fresh(0, i + 2));
    }
    return new Sizes(out);
  }
}
