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

  /**
   * {@code Phi(x) = (1 + erf(z))/2} and {@code x*phi(x) = z*exp(-z^2)/sqrt(pi)} with {@code z =
   * x/sqrt 2}. The constant factor is a term of the exponent, where it costs no pass.
   */
  static String erfSlope(BackwardScope s, String x) {
    String z = s.op("Mul", x, s.scalar(Math.sqrt(0.5)));
    String exponent = s.op("Sub", s.scalar(-0.5 * Math.log(Math.PI)), s.op("Mul", z, z));
    String density = s.op("Mul", s.op("Exp", exponent), z);
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

  /** {@code dx = g * exp(-x^2) * 2/sqrt(pi)}. */
  static Scaled erf(BackwardScope s) {
    String bell = s.op("Exp", s.op("Neg", s.op("Mul", s.x(0), s.x(0))));
    return new Scaled(s.mul(s.dy(), bell), 2 / Math.sqrt(Math.PI));
  }

  /** BiasGelu (erf) and FastGelu (tanh), whose bias is optional. */
  static void biasGelu(BackwardScope s) {
    String x = s.has(1) ? s.op("Add", s.x(0), s.x(1)) : s.x(0);
    boolean fast = s.node().op().type().equals("FastGelu");
    String g = s.mul(s.dy(), fast ? tanhSlope(s, x) : erfSlope(s, x));
    s.give(0, g);
    if (s.wants(1)) {
      s.giveBroadcast(1, Scaled.of(g), 2);
    }
  }

  /** {@code y = x*p} with {@code p = sigmoid(a*x)}: {@code dx = g * (p + a*y - a*y*p)}. */
  static void quickGelu(BackwardScope s) {
    double a = s.node().floatAttribute("alpha", 1.702f);
    String p = s.op("Sigmoid", a == 1 ? s.x(0) : s.op("Mul", s.x(0), s.scalar(a)));
    String ay = a == 1 ? s.y(0) : s.op("Mul", s.y(0), s.scalar(a));
    String slope = s.op("Add", p, s.op("Sub", ay, s.op("Mul", ay, p)));
    s.give(0, s.mul(s.dy(), slope));
  }

  static String relu(BackwardScope s) {
    return s.op("Where", s.op("Greater", s.y(0), s.scalar(0)), s.dy(), s.scalar(0));
  }

  static String leakyRelu(BackwardScope s, float standard) {
    double alpha = s.node().floatAttribute("alpha", standard);
    String negative = s.op("Less", s.x(0), s.scalar(0));
    return s.op("Where", negative, s.op("Mul", s.dy(), s.scalar(alpha)), s.dy());
  }

  /** Below 0, {@code y = a*(exp(x) - 1)}: {@code dx = g * (y + a)}. */
  static String elu(BackwardScope s) {
    double alpha = s.node().floatAttribute("alpha", 1);
    String negative = s.op("Less", s.x(0), s.scalar(0));
    String slope = s.op("Where", negative, s.op("Add", s.y(0), s.scalar(alpha)), s.scalar(1));
    return s.mul(s.dy(), slope);
  }

  static void hardSigmoid(BackwardScope s) {
    double alpha = s.node().floatAttribute("alpha", 0.2f);
    String above = s.op("Greater", s.y(0), s.scalar(0));
    String inside = s.op("And", above, s.op("Less", s.y(0), s.scalar(1)));
    s.give(0, new Scaled(s.op("Where", inside, s.dy(), s.scalar(0)), alpha));
  }

  /** {@code y = x*h(x)}, {@code h = max(0, min(1, x/6 + 1/2))}. */
  static String hardSwish(BackwardScope s) {
    Map<String, Attribute> gate = Map.of("alpha", Attribute.of(1.0 / 6));
    String h = s.op("HardSigmoid", gate, s.x(0));
    String near = s.op("Less", s.op("Abs", s.x(0)), s.scalar(3));
    String rise = s.op("Where", near, s.op("Mul", s.x(0), s.scalar(1.0 / 6)), s.scalar(0));
    return s.mul(s.dy(), s.op("Add", h, rise));
  }

  /** Inference only: the identity. */
  static void dropout(BackwardScope s) {
    if (s.has(2) && s.number(s.x(2)).orElse(1.0) != 0) {
      throw MissingGradientException.because(
          s.node(), "only its inference form has one; set training_mode to a constant false");
    }
    s.give(0, s.scaledDy());
  }
}
