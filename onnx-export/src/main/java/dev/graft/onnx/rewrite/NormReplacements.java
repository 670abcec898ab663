package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decomposed norms become one operator over the last axis. */
final class NormReplacements {
  /** Larger ones are no protection against division by zero but part of a model. */
  private static final double LARGEST_EPSILON = 0.1;

  private NormReplacements() {}

  static boolean layerNorm(Match m) {
    Optional<Long> size = width(m);
    if (size.isEmpty() || !fits(m, "gamma", size.get()) || !fits(m, "beta", size.get())) {
      return false;
    }
    String gamma = gamma(m, size.get());
    Map<String, Attribute> attributes =
        Map.of("axis", Attribute.of(-1), "epsilon", Attribute.of(m.number("epsilon")));
    OpId op = OpId.onnx("LayerNormalization");
    return m.has("beta")
        ? m.finish(op, attributes, m.value("x"), gamma, m.value("beta"))
        : m.finish(op, attributes, m.value("x"), gamma);
  }

  /** ONNX Runtime runs this operator of the standard domain on every build; opset 21 has none. */
  static boolean rmsNorm(Match m) {
    Optional<Long> size = width(m);
    if (size.isEmpty() || !fits(m, "gamma", size.get())) {
      return false;
    }
    return m.finish(
        OpId.onnx("SimplifiedLayerNormalization"),
        Map.of(
            "axis",
            Attribute.of(-1),
            "epsilon",
            Attribute.of(m.number("epsilon")),
            "stash_type",
            Attribute.of(ElementType.FLOAT.number())),
        m.value("x"),
        gamma(m, size.get()));
  }

  /** The size of the normalised axis, if the match is a norm of floats over the last axis. */
  private static Optional<Long> width(Match m) {
    boolean isFloat =
        m.graph()
            .typeOf(m.value("x"))
            .filter(t -> t.elementType() == ElementType.FLOAT)
            .isPresent();
    boolean fits =
        isFloat
            && m.isLastAxis("axes", "x")
            && (!m.has("meanAxes") || m.isLastAxis("meanAxes", "x"))
            && m.number("epsilon") > 0
            && m.number("epsilon") <= LARGEST_EPSILON
            && m.sameType(m.value("x"), m.root().output(0));
    return fits ? Values.size(m.graph(), m.value("x"), -1) : Optional.empty();
  }

  private static boolean fits(Match m, String parameter, long size) {
    return !m.has(parameter)
        || m.shape(parameter).filter(Shape.ofSizes(List.of(size))::equals).isPresent();
  }

  private static String gamma(Match m, long size) {
    if (m.has("gamma")) {
      return m.value("gamma");
    }
    float[] ones = new float[Math.toIntExact(size)];
    Arrays.fill(ones, 1);
    return m.constant(Tensor.floats(List.of(size), ones));
  }
}
