package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import java.util.Map;
import java.util.Optional;

/** Gradients of arithmetic that broadcasts, and of functions of one operand. */
final class ElementwiseGradients {
  private ElementwiseGradients() {}

  static void add(BackwardScope s) {
    for (int i = 0; i < 2; i++) {
      if (s.wants(i)) {
        s.giveBroadcast(i, s.scaledDy(), 2);
      }
    }
  }

  static void sub(BackwardScope s) {
    if (s.wants(0)) {
      s.giveBroadcast(0, s.scaledDy(), 2);
    }
    if (s.wants(1)) {
      s.giveBroadcast(1, s.scaledDy().times(-1), 2);
    }
  }

  static void mul(BackwardScope s) {
    for (int i = 0; i < 2; i++) {
      if (!s.wants(i)) {
        continue;
      }
      Optional<Double> factor = factor(s, 1 - i, i);
      if (factor.isPresent()) {
        s.give(i, s.scaledDy().times(factor.get()));
      } else {
        s.giveBroadcast(i, Scaled.of(s.mul(s.dy(), s.x(1 - i))), 2);
      }
    }
  }

  /** {@code da = g/b}, {@code db = -(g/b)*y}: no square of b that could overflow. */
  static void div(BackwardScope s) {
    Optional<Double> divisor = factor(s, 1, 0);
    if (divisor.isPresent()) {
      s.give(0, s.scaledDy().times(1 / divisor.get()));
      return;
    }
    String quotient = s.op("Div", s.dy(), s.x(1));
    if (s.wants(0)) {
      s.giveBroadcast(0, Scaled.of(quotient), 2);
    }
    if (s.wants(1)) {
      s.giveBroadcast(1, new Scaled(s.op("Mul", quotient, s.y(0)), -1), 2);
    }
  }

  /** The number that input {@code i} is, if multiplying by it leaves the other's shape alone. */
  private static Optional<Double> factor(BackwardScope s, int i, int other) {
    Optional<Double> number = s.number(s.x(i));
    if (number.isEmpty()) {
      return number;
    }
    int rank = s.rank(s.x(i));
    boolean keepsShape =
        rank == 0 || s.knownShape(s.x(other)).map(o -> rank <= o.rank()).orElse(false);
    return keepsShape ? number : Optional.empty();
  }

  static void pow(BackwardScope s) {
    Optional<Double> exponent = factor(s, 1, 0);
    if (exponent.isPresent()) {
      s.give(0, powOfNumber(s, exponent.get()));
      return;
    }
    ElementType type = s.elementType(s.x(0));
    String p = s.x(1);
    if (s.elementType(p) != type) {
      p = s.once("Cast", Map.of("to", Attribute.of(type.number())), p);
    }
    if (s.wants(0)) {
      String lower = s.op("Pow", s.x(0), s.op("Sub", p, s.scalar(1)));
      s.giveBroadcast(0, Scaled.of(s.op("Mul", s.mul(s.dy(), p), lower)), 2);
    }
    if (s.wants(1)) {
      // 0^p does not change with p > 0, while log 0 is not finite.
      String zero = s.op("Equal", s.x(0), s.scalar(0));
      String safe = s.op("Where", zero, s.scalar(1), s.x(0));
      String product = s.op("Mul", s.mul(s.dy(), s.y(0)), s.op("Log", safe));
      s.giveBroadcast(1, Scaled.of(product), 2);
    }
  }

  private static Scaled powOfNumber(BackwardScope s, double p) {
    String g = s.dy();
    String x = s.x(0);
    if (p == 2) {
      return new Scaled(s.mul(g, x), 2);
    }
    if (p == 3) {
      return new Scaled(s.op("Mul", s.mul(g, x), x), 3);
    }
    if (p == 0.5) {
      return new Scaled(s.op("Div", g, s.y(0)), 0.5);
    }
    if (p == 1) {
      return Scaled.of(g);
    }
    return new Scaled(s.mul(g, s.op("Pow", x, s.scalar(p - 1))), p);
  }

  static void cast(BackwardScope s) {
    ElementType from = s.elementType(s.x(0));
    if (s.knownElementType(s.node().output(0)).filter(from::equals).isPresent()) {
      s.give(0, s.scaledDy());
    } else {
      Map<String, Attribute> to = Map.of("to", Attribute.of(from.number()));
      s.give(0, s.op("Cast", to, s.appliedDy(0)));
    }
  }

  static void where(BackwardScope s) {
    String zero = s.scalar(0);
    if (s.wants(1)) {
      s.giveBroadcast(1, Scaled.of(s.op("Where", s.x(0), s.dy(), zero)), 3);
    }
    if (s.wants(2)) {
      s.giveBroadcast(2, Scaled.of(s.op("Where", s.x(0), zero, s.dy())), 3);
    }
  }

  /** Sum and Mean of any number of operands. */
  static void sum(BackwardScope s, double factor) {
    for (int i = 0; i < s.inputCount(); i++) {
      if (s.wants(i)) {
        s.giveBroadcast(i, s.scaledDy().times(factor), s.inputCount());
      }
    }
  }

  /** Min and Max: the gradient goes to the operands equal to the result, shared evenly by ties. */
  static void extremum(BackwardScope s) {
    if (s.inputCount() == 1) {
      s.give(0, s.scaledDy());
      return;
    }
    Map<String, Attribute> to = Map.of("to", Attribute.of(s.elementType().number()));
    String ties = "";
    for (int i = 0; i < s.inputCount(); i++) {
      String hit = s.once("Cast", to, s.once("Equal", Map.of(), s.x(i), s.y(0)));
      ties = ties.isEmpty() ? hit : s.op("Add", ties, hit);
    }
    String share = s.op("Div", s.dy(), ties);
    for (int i = 0; i < s.inputCount(); i++) {
      if (s.wants(i)) {
        String hit = s.once("Equal", Map.of(), s.x(i), s.y(0));
        String part = s.op("Where", hit, share, s.scalar(0));
        s.giveBroadcast(i, Scaled.of(part), s.inputCount());
      }
    }
  }

  /** The bounds themselves pass the gradient on; they are not trained. */
  static void clip(BackwardScope s) {
    for (int i = 1; i <= 2; i++) {
      if (s.wants(i)) {
        throw MissingGradientException.because(s.node(), "its bounds cannot be trained");
      }
    }
    String low = s.has(1) ? s.op("GreaterOrEqual", s.x(0), s.x(1)) : "";
    String high = s.has(2) ? s.op("LessOrEqual", s.x(0), s.x(2)) : "";
    if (low.isEmpty() && high.isEmpty()) {
      s.give(0, s.scaledDy());
      return;
    }
    String inside = low.isEmpty() ? high : high.isEmpty() ? low : s.op("And", low, high);
    s.give(0, s.op("Where", inside, s.dy(), s.scalar(0)));
  }

  static void pRelu(BackwardScope s) {
    String negative = s.op("Less", s.x(0), s.scalar(0));
    String g = s.dy();
    if (s.wants(0)) {
      s.give(0, s.op("Where", negative, s.mul(g, s.x(1)), g));
    }
    if (s.wants(1)) {
      String part = s.op("Where", negative, s.mul(g, s.x(0)), s.scalar(0));
      s.giveBroadcast(1, Scaled.of(part), 2);
    }
  }

  static void reciprocal(BackwardScope s) {
    String y = s.y(0);
    s.give(0, new Scaled(s.op("Mul", s.mul(s.dy(), y), y), -1));
  }

  static String tanh(BackwardScope s) {
    String g = s.dy();
    String y = s.y(0);
    return s.op("Sub", g, s.op("Mul", s.mul(g, y), y));
  }

  static String sigmoid(BackwardScope s) {
    String y = s.y(0);
    String gy = s.mul(s.dy(), y);
    return s.op("Sub", gy, s.op("Mul", gy, y));
  }
}
