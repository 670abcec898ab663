package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Sums a gradient over the axes along which broadcasting repeated an input.
 *
 * <p>What is known of the shapes decides: no node where the input surely was not repeated, one
 * {@code ReduceSum} where the axes are known, and a run-time comparison only where a dimension may
 * or may not be 1.
 */
final class Unbroadcast {
  private enum Repeated {
    NO,
    YES,
    PERHAPS
  }

  private final BackwardScope s;

  Unbroadcast(BackwardScope scope) {
    this.s = scope;
  }

  /**
   * Sums {@code gradient} to the shape of {@code target}.
   *
   * @param others what is known of the shapes the target was broadcast with
   * @param result what is known of the broadcast shape, which is the gradient's
   */
  String sum(String gradient, String target, List<Optional<Shape>> others, Optional<Shape> result) {
    return sum(gradient, target, s.shape(target), others, result);
  }

  String sum(
      String gradient,
      String target,
      Shape shape,
      List<Optional<Shape>> others,
      Optional<Shape> result) {
    int rank = shape.rank();
    int full = fullRank(rank, others, result, target);
    List<Long> leading = LongStream.range(0, full - rank).boxed().toList();
    List<Long> inner = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      Repeated repeated = repeated(shape, axis, others, result);
      if (repeated == Repeated.PERHAPS) {
        return sumAtRunTime(gradient, target, full - rank);
      }
      if (repeated == Repeated.YES) {
        inner.add((long) (full - rank + axis));
      }
    }
    if (!inner.isEmpty()) {
      List<Long> axes = new ArrayList<>(leading);
      axes.addAll(inner);
      String kept = reduce(gradient, s.longs(axes), 1);
      return leading.isEmpty() ? kept : s.op("Squeeze", kept, s.longs(leading));
    }
    return leading.isEmpty() ? gradient : reduce(gradient, s.longs(leading), 0);
  }

  private int fullRank(
      int rank, List<Optional<Shape>> others, Optional<Shape> result, String target) {
    if (result.isPresent()) {
      return result.get().rank();
    }
    int full = rank;
    for (Optional<Shape> other : others) {
      if (other.isEmpty()) {
        throw MissingGradientException.because(
            s.node(),
            "summing the gradient of '%s' needs the ranks of all operands; run shape inference first"
                .formatted(target));
      }
      full = Math.max(full, other.get().rank());
    }
    return full;
  }

  private static Repeated repeated(
      Shape shape, int axis, List<Optional<Shape>> others, Optional<Shape> result) {
    Dim dim = shape.dim(axis);
    int fromEnd = shape.rank() - axis;
    if (dim instanceof Dim.Fixed && !dim.is(1)) {
      return Repeated.NO;
    }
    if (result.isPresent() && fromEnd(result.get(), fromEnd).surelyEquals(dim)) {
      return Repeated.NO;
    }
    boolean neverLarger =
        others.stream().allMatch(o -> o.isPresent() && isOneOr(fromEnd(o.get(), fromEnd), dim));
    if (neverLarger) {
      return Repeated.NO;
    }
    return dim.is(1) ? Repeated.YES : Repeated.PERHAPS;
  }

  private static boolean isOneOr(Dim other, Dim dim) {
    return other.is(1) || other.surelyEquals(dim);
  }

  private static Dim fromEnd(Shape shape, int fromEnd) {
    return fromEnd > shape.rank() ? Dim.of(1) : shape.dim(shape.rank() - fromEnd);
  }

  private String reduce(String gradient, String axes, long keepDims) {
    return s.op("ReduceSum", Map.of("keepdims", Attribute.of(keepDims)), gradient, axes);
  }

  /** Sums over every axis where the target has size 1; over-reducing such an axis is harmless. */
  private String sumAtRunTime(String gradient, String target, int leading) {
    String shape = s.shapeOf(target);
    String padded = shape;
    if (leading > 0) {
      long[] ones = LongStream.generate(() -> 1).limit(leading).toArray();
      padded = s.once("Concat", Map.of("axis", Attribute.of(0)), s.longs(ones), shape);
    }
    String isOne = s.once("Equal", Map.of(), padded, s.longs(1));
    String found = s.once("NonZero", Map.of(), isOne);
    String axes = s.once("Squeeze", Map.of(), found, s.longs(0));
    Map<String, Attribute> keep =
        Map.of("keepdims", Attribute.of(1), "noop_with_empty_axes", Attribute.of(1));
    return s.op(
        "Reshape",
        Map.of("allowzero", Attribute.of(1)),
        s.op("ReduceSum", keep, gradient, axes),
        shape);
  }
}
