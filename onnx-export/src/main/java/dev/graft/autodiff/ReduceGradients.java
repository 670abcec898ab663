package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Gradients of reductions along axes; in opset 21 axes are an input everywhere. */
final class ReduceGradients {
  private ReduceGradients() {}

  static void sum(BackwardScope s) {
    if (isIdentity(s)) {
      s.give(0, s.scaledDy());
    } else {
      s.give(0, s.op("Expand", keepDims(s, s.appliedDy(0)), s.shapeOf(s.x(0))));
    }
  }

  static void mean(BackwardScope s) {
    if (isIdentity(s)) {
      s.give(0, s.scaledDy());
      return;
    }
    OptionalLong count = count(s);
    String small;
    if (count.isPresent()) {
      small = s.apply(s.scaledDy().times(1.0 / count.getAsLong()));
    } else {
      ElementType type = s.elementType();
      small = s.op("Div", s.appliedDy(0), quotientOfSizes(s, type));
    }
    s.give(0, s.op("Expand", keepDims(s, small), s.shapeOf(s.x(0))));
  }

  private static String quotientOfSizes(BackwardScope s, ElementType type) {
    Map<String, Attribute> to = Map.of("to", Attribute.of(type.number()));
    String all = s.once("Cast", to, s.once("Size", Map.of(), s.x(0)));
    String kept = s.once("Cast", to, s.once("Size", Map.of(), s.y(0)));
    return s.once("Div", Map.of(), all, kept);
  }

  /** The gradient goes to the elements that are equal to the result, shared evenly by ties. */
  static void extremum(BackwardScope s) {
    if (isIdentity(s)) {
      s.give(0, s.scaledDy());
      return;
    }
    Map<String, Attribute> to = Map.of("to", Attribute.of(s.elementType().number()));
    String g = keepDims(s, s.dy());
    String hit = s.op("Cast", to, s.op("Equal", s.x(0), keepDims(s, s.y(0))));
    String ties = s.has(1) ? s.op("ReduceSum", hit, s.x(1)) : s.op("ReduceSum", hit);
    s.give(0, s.op("Mul", s.op("Div", g, ties), hit));
  }

  /** {@code dx = x * (g/y)}; 0 where the norm is 0. */
  static void l2(BackwardScope s) {
    if (isIdentity(s)) {
      s.give(0, s.op("Mul", s.dy(), s.op("Sign", s.x(0))));
      return;
    }
    String norm = s.op("Max", s.y(0), s.scalar(1e-30));
    s.give(0, s.op("Mul", keepDims(s, s.op("Div", s.dy(), norm)), s.x(0)));
  }

  static void l1(BackwardScope s) {
    s.give(0, s.op("Mul", keepDims(s, s.dy()), s.op("Sign", s.x(0))));
  }

  static void sumSquare(BackwardScope s) {
    s.give(0, new Scaled(s.op("Mul", keepDims(s, s.dy()), s.x(0)), 2));
  }

  /** {@code dx = g * exp(x - y)}. */
  static void logSumExp(BackwardScope s) {
    String y = keepDims(s, s.y(0));
    s.give(0, s.op("Mul", keepDims(s, s.dy()), s.op("Exp", s.op("Sub", s.x(0), y))));
  }

  /** {@code y = log(sum(x))}: {@code dx = g * exp(-y)}. */
  static void logSum(BackwardScope s) {
    if (isIdentity(s)) {
      s.give(0, s.op("Div", s.dy(), s.x(0)));
      return;
    }
    String small = s.op("Mul", s.appliedDy(0), s.op("Exp", s.op("Neg", s.y(0))));
    s.give(0, s.op("Expand", keepDims(s, small), s.shapeOf(s.x(0))));
  }

  /** The sum from the other end. */
  static String cumSum(BackwardScope s) {
    Map<String, Attribute> other =
        Map.of(
            "exclusive", Attribute.of(s.node().intAttribute("exclusive", 0)),
            "reverse", Attribute.of(1 - s.node().intAttribute("reverse", 0)));
    return s.op("CumSum", other, s.dy(), s.x(1));
  }

  /** Whether absent or empty axes mean that nothing is reduced. */
  private static boolean isIdentity(BackwardScope s) {
    boolean none = !s.has(1) || s.constantOf(s.x(1)).map(t -> t.elementCount() == 0).orElse(false);
    return none && s.node().intAttribute("noop_with_empty_axes", 0) != 0;
  }

  /** Gives a value of the result's shape the reduced axes back, with size 1. */
  static String keepDims(BackwardScope s, String value) {
    if (s.node().intAttribute("keepdims", 1) != 0 || !s.has(1) || isEmpty(s, 1)) {
      // A reduction over everything leaves a scalar, which broadcasts as it is.
      return value;
    }
    return s.op("Unsqueeze", value, s.x(1));
  }

  private static boolean isEmpty(BackwardScope s, int input) {
    return s.constantOf(s.x(input)).map(t -> t.elementCount() == 0).orElse(false);
  }

  /** How many elements one result is made of, if known. */
  private static OptionalLong count(BackwardScope s) {
    Optional<Shape> shape = s.knownShape(s.x(0));
    if (shape.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!s.has(1) || isEmpty(s, 1)) {
      return shape.get().elementCount();
    }
    Optional<List<Long>> axes = s.constantOf(s.x(1)).map(Tensor::toLongs);
    if (axes.isEmpty()) {
      return OptionalLong.empty();
    }
    Shape all = shape.get();
    return new Shape(axes.get().stream().map(a -> all.dim(a.intValue())).toList()).elementCount();
  }
}
