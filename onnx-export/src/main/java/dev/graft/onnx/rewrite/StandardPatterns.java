package dev.graft.onnx.rewrite;

import static dev.graft.onnx.rewrite.Pattern.add;
import static dev.graft.onnx.rewrite.Pattern.any;
import static dev.graft.onnx.rewrite.Pattern.constant;
import static dev.graft.onnx.rewrite.Pattern.div;
import static dev.graft.onnx.rewrite.Pattern.microsoft;
import static dev.graft.onnx.rewrite.Pattern.mul;
import static dev.graft.onnx.rewrite.Pattern.number;
import static dev.graft.onnx.rewrite.Pattern.oneOf;
import static dev.graft.onnx.rewrite.Pattern.op;
import static dev.graft.onnx.rewrite.Pattern.scalar;
import static dev.graft.onnx.rewrite.Pattern.square;
import static dev.graft.onnx.rewrite.Pattern.times;

import java.util.List;

/**
 * The table of patterns, larger before smaller: what a decomposed operator looks like, and how it
 * is replaced.
 */
final class StandardPatterns {
  private static final Pattern X = any("x");

  private StandardPatterns() {}

  static List<PatternRule> all() {
    return List.of(
        // Norms: ((x - mean) / sqrt(mean((x - mean)^2) + eps)) * gamma + beta, over the last axis.
        rule(
            "layer-norm",
            add(scaled(centered(), "gamma"), constant("beta")),
            NormReplacements::layerNorm),
        rule("layer-norm", scaled(centered(), "gamma"), NormReplacements::layerNorm),
        rule("layer-norm", normalized(centered()), NormReplacements::layerNorm),
        rule("rms-norm", scaled(X, "gamma"), NormReplacements::rmsNorm),
        rule("rms-norm", normalized(X), NormReplacements::rmsNorm),

        // Activations.
        rule("gelu", mul(X, number(0.5), erfPlusOne()), ActivationReplacements::gelu),
        rule("gelu", div(mul(X, erfPlusOne()), number(2)), ActivationReplacements::gelu),
        rule("gelu", mul(div(X, number(2)), erfPlusOne()), ActivationReplacements::gelu),
        rule("gelu", mul(X, times(erfPlusOne(), 0.5)), ActivationReplacements::gelu),
        rule("gelu-tanh", mul(X, number(0.5), tanhPlusOne()), ActivationReplacements::geluTanh),
        rule("gelu-tanh", div(mul(X, tanhPlusOne()), number(2)), ActivationReplacements::geluTanh),
        rule("gelu-tanh", mul(div(X, number(2)), tanhPlusOne()), ActivationReplacements::geluTanh),
        rule("gelu-tanh", mul(X, times(tanhPlusOne(), 0.5)), ActivationReplacements::geluTanh),
        rule("contrib-gelu", microsoft("Gelu", X), ActivationReplacements::gelu),
        rule("contrib-gelu", microsoft("FastGelu", X), ActivationReplacements::geluTanh),
        rule("silu", mul(X, op("Sigmoid", X)), ActivationReplacements::silu),
        rule(
            "quick-gelu",
            mul(X, op("Sigmoid", mul(X, scalar("alpha")))),
            ActivationReplacements::quickGelu),

        // Products.
        rule("linear-of-gemm", op("Reshape", gemm(), any("shape")), ProductReplacements::linear),
        rule(
            "transposed-weight",
            op("MatMul", X, op("Transpose", constant("weight")).as("turned")),
            ProductReplacements::transposedWeight),
        rule(
            "scaled-operand",
            oneOf(
                matMul(mul(any("a"), scalar("factor")), any("b")),
                matMul(div(any("a"), scalar("divisor")), any("b")),
                matMul(any("a"), mul(any("b"), scalar("factor"))),
                matMul(any("a"), div(any("b"), scalar("divisor")))),
            ProductReplacements::scale),
        rule(
            "scaled-product",
            oneOf(
                mul(matMul(any("a"), any("b")), scalar("factor")),
                div(matMul(any("a"), any("b")), scalar("divisor"))),
            ProductReplacements::scale),
        rule(
            "transposed-operand",
            oneOf(
                matMul(any("a"), op("Transpose", any("b")).as("turnedB")),
                matMul(op("Transpose", any("a")).as("turnedA"), any("b"))),
            ProductReplacements::transposedOperand),

        // One order: the activations first, the bias or scale second.
        rule("operand-order", op("Add", constant("c"), X), OrderReplacements::swap),
        rule("operand-order", op("Mul", constant("c"), X), OrderReplacements::swap));
  }

  private static PatternRule rule(
      String name, Pattern pattern, PatternRule.Replacement replacement) {
    return new PatternRule(name, pattern, replacement);
  }

  private static Pattern mean(Pattern of, String axes) {
    return op("ReduceMean", of, any(axes)).with("keepdims", 1, 1);
  }

  private static Pattern centered() {
    return op("Sub", X, mean(X, "meanAxes"));
  }

  /** {@code mean(d^2) + eps}. */
  private static Pattern variance(Pattern d) {
    return add(mean(square(d), "axes"), scalar("epsilon"));
  }

  private static Pattern deviation(Pattern d) {
    return oneOf(op("Sqrt", variance(d)), op("Pow", variance(d), number(0.5)));
  }

  private static Pattern inverseDeviation(Pattern d) {
    return oneOf(
        op("Reciprocal", deviation(d)),
        div(number(1), deviation(d)),
        op("Pow", variance(d), number(-0.5)));
  }

  private static Pattern normalized(Pattern d) {
    return oneOf(div(d, deviation(d)), mul(d, inverseDeviation(d)));
  }

  private static Pattern scaled(Pattern d, String gamma) {
    Pattern g = constant(gamma);
    return oneOf(
        mul(div(d, deviation(d)), g),
        div(mul(d, g), deviation(d)),
        mul(d, div(g, deviation(d))),
        mul(d, inverseDeviation(d), g));
  }

  /** {@code erf(x / sqrt(2)) + 1}. */
  private static Pattern erfPlusOne() {
    return add(op("Erf", times(X, Math.sqrt(0.5))), number(1));
  }

  /** {@code tanh(sqrt(2/pi) * (x + 0.044715 x^3)) + 1}. */
  private static Pattern tanhPlusOne() {
    Pattern c = number(Math.sqrt(2 / Math.PI));
    Pattern k = number(0.044715);
    Pattern cube = oneOf(op("Pow", X, number(3)), mul(X, X, X));
    Pattern cubic = oneOf(mul(k, cube), mul(mul(mul(k, X), X), X), mul(mul(k, X), mul(X, X)));
    Pattern quadratic = oneOf(mul(k, X, X), mul(k, op("Pow", X, number(2))));
    Pattern inner = oneOf(mul(c, add(X, cubic)), mul(c, X, add(quadratic, number(1))));
    return add(op("Tanh", inner), number(1));
  }

  /** Plain or fused matrix product of two values; bound as {@code product}. */
  private static Pattern matMul(Pattern a, Pattern b) {
    return oneOf(op("MatMul", a, b).as("product"), microsoft("FusedMatMul", a, b).as("product"));
  }

  /** A Gemm of flattened activations. */
  private static Pattern gemm() {
    Pattern flat = op("Reshape", X, any("flatShape"));
    return oneOf(
        op("Gemm", flat, constant("weight"), constant("bias")).as("gemm"),
        op("Gemm", flat, constant("weight")).as("gemm"));
  }
}
