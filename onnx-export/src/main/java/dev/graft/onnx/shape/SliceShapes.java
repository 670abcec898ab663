package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Shapes of {@code Slice}. */
final class SliceShapes {
  private SliceShapes() {}

  static Optional<Sizes> infer(ShapeScope s) {
    Sizes in = s.sizes(0);
    Optional<List<Long>> axes = axes(s, in.rank());
    if (axes.isEmpty()) {
      List<SizeExpr> all = new ArrayList<>();
      for (int i = 0; i < in.rank(); i++) {
        all.add(s.fresh(0, i));
      }
      return Optional.of(new Sizes(all));
    }
    Sizes out = in;
    for (int i = 0; i < axes.get().size(); i++) {
      int axis = s.axis(axes.get().get(i), in.rank());
      SizeExpr start = element(s, 1, i);
      SizeExpr end = element(s, 2, i);
      SizeExpr step = s.has(4) ? element(s, 4, i) : SizeExpr.of(1);
      SizeExpr length = length(s.context(), in.get(axis), start, end, step);
      out = out.with(axis, length.isKnown() ? length : s.fresh(0, axis));
    }
    return Optional.of(out);
  }

  /** The sliced axes; empty if they are not known. */
  private static Optional<List<Long>> axes(ShapeScope s, int rank) {
    if (s.has(3)) {
      return s.constants(3);
    }
    Sizes starts = s.sizes(1);
    OptionalLong count = starts.rank() == 1 ? starts.get(0).constant() : OptionalLong.empty();
    List<Long> axes = new ArrayList<>();
    for (long i = 0; i < Math.min(rank, count.orElse(rank)); i++) {
      axes.add(i);
    }
    return count.isPresent() ? Optional.of(axes) : Optional.empty();
  }

  private static SizeExpr element(ShapeScope s, int input, int i) {
    return s.content(input).map(c -> c.elements().get(i)).orElse(SizeExpr.UNKNOWN);
  }

  private static SizeExpr length(
      SizeContext context, SizeExpr dim, SizeExpr start, SizeExpr end, SizeExpr step) {
    OptionalLong size = dim.constant();
    if (size.isPresent()
        && start.constant().isPresent()
        && end.constant().isPresent()
        && step.constant().isPresent()
        && !step.is(0)) {
      return SizeExpr.of(
          constantLength(
              size.getAsLong(),
              start.constant().getAsLong(),
              end.constant().getAsLong(),
              step.constant().getAsLong()));
    }
    if (!step.is(1)) {
      return SizeExpr.UNKNOWN;
    }
    SizeExpr to = position(context, dim, end);
    SizeExpr from = start.is(0) ? start : position(context, dim, start);
    SizeExpr length = to.minus(from);
    // A length that may come out negative is 0 instead, which is no polynomial.
    boolean trusted = length.isNonNegative() || from.is(0) || to.equals(dim);
    return trusted ? length : SizeExpr.UNKNOWN;
  }

  /** A position given to {@code Slice}, within {@code 0 .. dim}. */
  private static SizeExpr position(SizeContext context, SizeExpr dim, SizeExpr position) {
    OptionalLong number = position.constant();
    if (number.isPresent() && number.getAsLong() < 0) {
      return dim.plus(position);
    }
    if (position.equals(dim)) {
      return dim;
    }
    if (number.isPresent()) {
      // Ends such as 2^31-1 and 2^63-1 mean "to the end".
      if (number.getAsLong() >= Integer.MAX_VALUE) {
        return dim;
      }
      return number.getAsLong() == 0 ? position : context.min(number.getAsLong(), dim);
    }
    if (dim.constant().isPresent() && position.isNonNegative()) {
      return context.min(dim.constant().getAsLong(), position);
    }
    return dim.minus(position).isNonNegative() ? position : SizeExpr.UNKNOWN;
  }

  static long constantLength(long size, long start, long end, long step) {
    long from = start < 0 ? start + size : start;
    long to = end < 0 ? Math.max(end, -size - 1) + size : end;
    if (step > 0) {
      from = Math.max(0, Math.min(size, from));
      to = Math.max(0, Math.min(size, to));
      return Math.max(0, -Math.floorDiv(from - to, step));
    }
    from = Math.max(0, Math.min(size - 1, from));
    to = Math.max(-1, Math.min(size - 1, to));
    return Math.max(0, -Math.floorDiv(to - from, -step));
  }
}
