package dev.graft.autodiff;

import static java.util.Map.entry;

import dev.graft.onnx.OpId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table: one entry per operator.
 *
 * <p>Rules read the operators as opset 21 ({@link dev.graft.onnx.Model#OPSET}) defines them: axes
 * of reductions, Squeeze, Unsqueeze, Split and Pad are inputs, Softmax works along one axis. Graphs
 * of other opsets are converted before they get here. What rules emit is opset 21 too, and {@code
 * com.microsoft.FusedMatMul}.
 */
final class GradientRules {

  /** What the table says about an operator. */
  sealed interface Entry {}

  /** The operator has a gradient. */
  record Rule(GradientRule rule) implements Entry {}

  /** The operator's result does not depend differentiably on its inputs; gradients stop here. */
  record None() implements Entry {}

  /** The operator must not be asked for a gradient. */
  record Refuse(String reason) implements Entry {}

  /** The gradient of one input, given that of the only output. */
  @FunctionalInterface
  interface Formula {
    String of(BackwardScope s);
  }

  private static final GradientRules STANDARD =
      new GradientRules(
          Map.ofEntries(
              // Elementwise, two or more operands. The engine undoes broadcasting.
              row("Add", ElementwiseGradients::add),
              row("Sub", ElementwiseGradients::sub),
              row("Mul", ElementwiseGradients::mul),
              row("Div", ElementwiseGradients::div),
              row("Pow", ElementwiseGradients::pow),
              row("Where", ElementwiseGradients::where),

              // Elementwise, one operand.
              row("Identity", s -> s.give(0, s.scaledDy())),
              row("Neg", s -> s.give(0, s.scaledDy().times(-1))),
              row("Cast", ElementwiseGradients::cast),
              row("Exp", perInput(s -> s.mul(s.dy(), s.y(0)))),
              row("Log", perInput(s -> s.op("Div", s.dy(), s.x(0)))),
              row("Sqrt", s -> s.give(0, new Scaled(s.op("Div", s.dy(), s.y(0)), 0.5))),
              row("Reciprocal", ElementwiseGradients::reciprocal),
              row("Erf", perInput(ActivationGradients::erf)),
              row("Tanh", perInput(ElementwiseGradients::tanh)),
              row("Sigmoid", perInput(ElementwiseGradients::sigmoid)),

              // Activations.
              row("Gelu", ActivationGradients::gelu),
              microsoft("Gelu", ActivationGradients::gelu),

              // Normalisations.
              row("Softmax", perInput(NormGradients::softmax)),
              row("LogSoftmax", perInput(NormGradients::logSoftmax)),
              row("LayerNormalization", NormGradients::layerNormalization),

              // Products.
              row("MatMul", MatMulGradients::matMul),
              row("Gemm", MatMulGradients::gemm),
              microsoft("FusedMatMul", MatMulGradients::matMul),

              // Reductions.
              row("ReduceSum", ReduceGradients::sum),
              row("ReduceMean", ReduceGradients::mean),

              // Views and copies.
              row("Reshape", LayoutGradients::reshape),
              row("Flatten", LayoutGradients::reshape),
              row("Transpose", LayoutGradients::transpose),
              row("Squeeze", LayoutGradients::squeeze),
              row("Unsqueeze", LayoutGradients::unsqueeze),
              row("Expand", LayoutGradients::expand),
              row("Concat", LayoutGradients::concat),
              row("Split", LayoutGradients::split),
              row("Slice", LayoutGradients::slice),

              // Picking elements.
              row("Gather", IndexGradients::gather),

              // Comparisons, shapes, counting.
              row("Shape", none())));

  private final Map<OpId, Entry> table;

  /** A table of its own, for tests. */
  GradientRules(Map<OpId, Entry> table) {
    this.table = Collections.unmodifiableMap(new HashMap<>(table));
  }

  static GradientRules standard() {
    return STANDARD;
  }

  /** This table with one entry replaced. */
  GradientRules with(OpId op, Entry entry) {
    Map<OpId, Entry> changed = new HashMap<>(table);
    changed.put(op, entry);
    return new GradientRules(changed);
  }

  @Nullable Entry find(OpId op) {
    return table.get(op);
  }

  Set<OpId> operators() {
    return table.keySet();
  }

  /**
   * A rule of one formula per input, each run only if that input leads to a trainable value. The
   * results have their inputs' shapes.
   */
  static GradientRule perInput(Formula... formulas) {
    return s -> {
      for (int i = 0; i < formulas.length; i++) {
        if (s.wants(i)) {
          s.give(i, formulas[i].of(s));
        }
      }
    };
  }

  private static Map.Entry<OpId, Entry> row(String type, GradientRule rule) {
    return entry(OpId.onnx(type), new Rule(rule));
  }

  private static Map.Entry<OpId, Entry> row(String type, Entry entry) {
    return entry(OpId.onnx(type), entry);
  }

  private static Map.Entry<OpId, Entry> microsoft(String type, GradientRule rule) {
    return entry(OpId.microsoft(type), new Rule(rule));
  }

  private static Entry none() {
    return new None();
  }

  private static Entry refuse(String reason) {
    return new Refuse(reason);
  }
}
