package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** Gradients of softmax and of normalisations over trailing axes. */
final class NormGradients {
  private NormGradients() {}

  static final Map<String, Attribute> KEEP = Map.of("keepdims", Attribute.of(1));

  /** {@code dx = q - p*sum(q)} with {@code q = g*p}. */
  static String softmax(BackwardScope s) {
    String p = s.y(0);
    String q = s.mul(s.dy(), p);
    String sum = s.op("ReduceSum", KEEP, q, s.longs(s.node().intAttribute("axis", -1)));
    return s.op("Sub", q, s.op("Mul", sum, p));
  }

  /** {@code dx = g - exp(y)*sum(g)}. */
  static String logSoftmax(BackwardScope s) {
    String g = s.dy();
    String sum = s.op("ReduceSum", KEEP, g, s.longs(s.node().intAttribute("axis", -1)));
    return s.op("Sub", g, s.op("Mul", sum, s.op("Exp", s.y(0))));
  }

  /** Inputs x, gamma, beta; outputs y, mean, 1/deviation. */
  static void layerNormalization(BackwardScope s) {
    int rank = s.rank(s.x(0));
    long axis = s.node().intAttribute("axis", -1);
    String axes = trailing(s, rank, axis);
    String g = s.dy(0);
    String r = statistic(s, 2);
    if (s.wants(2)) {
      s.give(2, overRows(s, g, 2));
    }
    if (!s.wants(0) && !s.wants(1)) {
      return;
    }
    String centered = s.op("Sub", s.x(0), statistic(s, 1));
    if (s.wants(1)) {
      s.give(1, overRows(s, s.op("Mul", s.op("Mul", g, centered), r), 1));
    }
    if (s.wants(0)) {
      s.give(0, normalized(s, s.op("Mul", g, s.x(1)), centered, r, axes, true));
    }
  }

  /** Mean or 1/deviation, which are floats whatever the input's type is. */
  private static String statistic(BackwardScope s, int output) {
    ElementType type = s.elementType();
    return type == ElementType.FLOAT
        ? s.y(output)
        : s.once("Cast", Map.of("to", Attribute.of(type.number())), s.y(output));
  }

  /** SimplifiedLayerNormalization gives 1/root as output 1. */
  static void rmsNormalization(BackwardScope s) {
    int rank = s.rank(s.x(0));
    String axes = trailing(s, rank, s.node().intAttribute("axis", -1));
    String g = s.dy(0);
    String r = statistic(s, 1);
    if (s.wants(1)) {
      s.give(1, overRows(s, s.op("Mul", s.op("Mul", g, s.x(0)), r), 1));
    }
    if (s.wants(0)) {
      s.give(0, normalized(s, s.op("Mul", g, s.x(1)), s.x(0), r, axes, false));
    }
  }

  /** {@code 1/sqrt(mean(a^2) + epsilon)}. */
  static String root(BackwardScope s, String a, String axes, double epsilon) {
    String square = s.op("ReduceMean", KEEP, s.op("Mul", a, a), axes);
    return s.op("Reciprocal", s.op("Sqrt", s.op("Add", square, s.scalar(epsilon))));
  }

  /**
   * {@code r*(q - mean(q) - a*r^2*mean(q*a))}: the gradient of {@code a*r}, where {@code a} is the
   * input, centered or not. The mean of q appears only where the input was centered.
   */
  static String normalized(
      BackwardScope s, String q, String a, String r, String axes, boolean centered) {
    String slope = s.op("ReduceMean", KEEP, s.op("Mul", q, a), axes);
    String perRow = s.op("Mul", s.op("Mul", slope, r), r);
    String along = s.op("Mul", a, perRow);
    if (centered) {
      along = s.op("Add", along, s.op("ReduceMean", KEEP, q, axes));
    }
    return s.op("Mul", s.op("Sub", q, along), r);
  }

  /** With fixed mean and variance: an affine map per channel, channels on axis 1. */
  static void batchNormalization(BackwardScope s) {
    if (s.node().intAttribute("training_mode", 0) != 0) {
      throw MissingGradientException.because(
          s.node(), "only its inference form has one, found training_mode 1");
    }
    int rank = s.rank(s.x(0));
    String g = s.dy();
    double epsilon = s.node().floatAttribute("epsilon", 1e-5f);
    String deviation = s.once("Sqrt", Map.of(), s.once("Add", Map.of(), s.x(4), s.scalar(epsilon)));
    if (s.wants(0)) {
      String slope = s.op("Div", s.x(1), deviation);
      s.give(0, s.op("Mul", g, perChannel(s, slope, rank)));
    }
    String others = s.longs(LongStream.range(0, rank).filter(i -> i != 1).toArray());
    Map<String, Attribute> drop = Map.of("keepdims", Attribute.of(0));
    if (s.wants(1)) {
      String centered = s.op("Sub", s.x(0), perChannel(s, s.x(3), rank));
      String sum = s.op("ReduceSum", drop, s.op("Mul", g, centered), others);
      s.give(1, s.op("Div", sum, deviation));
    }
    if (s.wants(2)) {
      s.give(2, s.op("ReduceSum", drop, g, others));
    }
  }

  private static String perChannel(BackwardScope s, String vector, int rank) {
    return rank == 2
        ? vector
        : s.op("Unsqueeze", vector, s.longs(LongStream.range(1, rank - 1).toArray()));
  }

  /** Sums a gradient of the input's shape to that of parameter {@code i}. */
  static String overRows(BackwardScope s, String gradient, int i) {
    Optional<Shape> full = Optional.of(s.shape(s.x(0)));
    return new Unbroadcast(s).sum(gradient, s.x(i), List.of(full), full);
  }

  static String trailing(BackwardScope s, int rank, long axis) {
    return s.longs(LongStream.range(axis < 0 ? axis + rank : axis, rank).toArray());
  }
}
