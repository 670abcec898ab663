package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OpId;
import java.util.Map;

/** Decomposed activations become one operator. */
final class ActivationReplacements {
  private static final OpId GELU = OpId.onnx("Gelu");

  private ActivationReplacements() {}

  static boolean gelu(Match m) {
    return keepsType(m) && m.finish(GELU, Map.of(), m.value("x"));
  }

  static boolean geluTanh(Match m) {
    return keepsType(m)
        && m.finish(GELU, Map.of("approximate", Attribute.of("tanh")), m.value("x"));
  }

  /** {@code x * sigmoid(x)}, which is QuickGelu with a factor of 1. */
  static boolean silu(Match m) {
    return quickGelu(m, 1);
  }

  static boolean quickGelu(Match m) {
    return quickGelu(m, m.number("alpha"));
  }

  private static boolean quickGelu(Match m, double alpha) {
    boolean isFloat =
        m.graph()
            .typeOf(m.value("x"))
            .filter(t -> t.elementType() == ElementType.FLOAT)
            .isPresent();
    return isFloat
        && keepsType(m)
        && m.finish(
            OpId.microsoft("QuickGelu"), Map.of("alpha", Attribute.of(alpha)), m.value("x"));
  }

  /** A constant with more axes than x would have given the result more axes too. */
  private static boolean keepsType(Match m) {
    return m.sameType(m.value("x"), m.root().output(0));
  }
}
