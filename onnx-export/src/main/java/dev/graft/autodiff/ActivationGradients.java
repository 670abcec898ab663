package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import java.util.Map;

/**
 * Gradients of activation functions.
 *
 * <p>Where the derivative needs several passes over the input, it is computed as one tensor of its
 * own: ONNX Runtime does that in the forward phase, and only this tensor lives on, in the place of
 * the input.
 */
final class ActivationGradients {
  private ActivationGradients() {}

  /** {@code dx = g * (Phi(x) + x*phi(x))}, or the derivative of the tanh approximation. */
  static void gelu(BackwardScope s) {
    boolean tanh = s.node().stringAttribute("approximate", "none").equals("tanh");
    s.give(0, s.mul(s.dy(), tanh ? tanhSlope(s, s.x(0)) : erfSlope(s, s.x(0))));
  }

  /** {@code Phi(x) = (1 + erf(x/sqrt 2))/2}, {@code phi(x) = exp(-x^2/2)/sqrt(2 pi)}. */
  static String erfSlope(BackwardScope s, String x) {
    String z = s.op("Mul", x, s.scalar(Math.sqrt(0.5)));
    String bell = s.op("Exp", s.op("Neg", s.op("Mul", z, z)));
    String density = s.op("Mul", s.op("Mul", bell, x), s.scalar(1 / Math.sqrt(2 * Math.PI)));
    return s.op("Add", half(s, s.op("Erf", z)), density);
  }

  /** {@code (1 + x)/2} for x in [-1, 1]. */
  private static String half(BackwardScope s, String x) {
    if (s.elementType() == ElementType.FLOAT) {
      // One pass instead of two.
      return s.op("HardSigmoid", Map.of("alpha", Attribute.of(0.5), "beta", Attribute.of(0.5)), x);
    }
    return s.op("Add", s.op("Mul", x, s.scalar(0.5)), s.scalar(0.5));
  }

  /**
   * With {@code v = 2c(x + k x^3)} and {@code p = sigmoid(v)}, which is {@code (1 + tanh(v/2))/2}:
   * {@code p + x*v'*p*(1-p)}, where {@code x*v' = 3v - 4cx}.
   */
  static String tanhSlope(BackwardScope s, String x) {
    double c = Math.sqrt(2 / Math.PI);
    double k = 0.044715;
    String square = s.op("Mul", s.op("Mul", x, x), s.scalar(2 * c * k));
    String v = s.op("Mul", s.op("Add", square, s.scalar(2 * c)), x);
    String p = s.op("Sigmoid", v);
    String rise = s.op("Sub", s.op("Mul", v, s.scalar(3)), s.op("Mul", x, s.scalar(4 * c)));
    String q = s.op("Mul", rise, p);
    return s.op("Add", p, s.op("Sub", q, s.op("Mul", q, p)));
  }

  static String erf(BackwardScope s) {
    String bell = s.op("Exp", s.op("Neg", s.op("Mul", s.x(0), s.x(0))));
    return s.op("Mul", s.mul(s.dy(), bell), s.scalar(2 / Math.sqrt(Math.PI)));
  }
}
