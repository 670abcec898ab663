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
              // Elementwise, several operands. The engine undoes broadcasting.
              row("Add", ElementwiseGradients::add),
              row("Sub", ElementwiseGradients::sub),
              row("Mul", ElementwiseGradients::mul),
              row("Div", ElementwiseGradients::div),
              row("Pow", ElementwiseGradients::pow),
              row("Where", ElementwiseGradients::where),
              row("Sum", s -> ElementwiseGradients.sum(s, 1)),
              row("Mean", s -> ElementwiseGradients.sum(s, 1.0 / s.inputCount())),
              row("Min", ElementwiseGradients::extremum),
              row("Max", ElementwiseGradients::extremum),
              row("Clip", ElementwiseGradients::clip),
              row("PRelu", ElementwiseGradients::pRelu),

              // Elementwise, one operand.
              row("Identity", s -> s.give(0, s.scaledDy())),
              row("Neg", s -> s.give(0, s.scaledDy().times(-1))),
              row("Cast", ElementwiseGradients::cast),
              row("Abs", perInput(s -> s.mul(s.dy(), s.op("Sign", s.x(0))))),
              row("Exp", perInput(s -> s.mul(s.dy(), s.y(0)))),
              row("Log", perInput(s -> s.op("Div", s.dy(), s.x(0)))),
              row("Sqrt", s -> s.give(0, new Scaled(s.op("Div", s.dy(), s.y(0)), 0.5))),
              row("Reciprocal", ElementwiseGradients::reciprocal),
              row("Sin", perInput(s -> s.mul(s.dy(), s.op("Cos", s.x(0))))),
              row("Cos", s -> s.give(0, new Scaled(s.mul(s.dy(), s.op("Sin", s.x(0))), -1))),
              row("Tanh", perInput(ElementwiseGradients::tanh)),
              row("Sigmoid", perInput(ElementwiseGradients::sigmoid)),
              row("Erf", s -> s.give(0, ActivationGradients.erf(s))),

              // Activations.
              row("Relu", perInput(ActivationGradients::relu)),
              row("LeakyRelu", perInput(s -> ActivationGradients.leakyRelu(s, 0.01f))),
              row("Elu", perInput(ActivationGradients::elu)),
              row("Softplus", perInput(s -> s.mul(s.dy(), s.op("Sigmoid", s.x(0))))),
              row("HardSigmoid", ActivationGradients::hardSigmoid),
              row("HardSwish", perInput(ActivationGradients::hardSwish)),
              row("Gelu", ActivationGradients::gelu),
              microsoft("Gelu", ActivationGradients::gelu),
              microsoft("BiasGelu", ActivationGradients::biasGelu),
              microsoft("FastGelu", ActivationGradients::biasGelu),
              microsoft("QuickGelu", ActivationGradients::quickGelu),
              row("Dropout", ActivationGradients::dropout),

              // Normalisations.
              row("Softmax", perInput(NormGradients::softmax)),
              row("LogSoftmax", perInput(NormGradients::logSoftmax)),
              row("LayerNormalization", NormGradients::layerNormalization),
              row("SimplifiedLayerNormalization", NormGradients::rmsNormalization),
              microsoft("SkipLayerNormalization", SkipNormGradients::layer),
              microsoft("SkipSimplifiedLayerNormalization", SkipNormGradients::simplified),
              row("BatchNormalization", NormGradients::batchNormalization),

              // Products.
              row("MatMul", MatMulGradients::matMul),
              row("Gemm", MatMulGradients::gemm),
              microsoft("FusedMatMul", MatMulGradients::matMul),
              row("Einsum", EinsumGradient::einsum),
              row("Conv", ConvGradients::conv),

              // Reductions.
              row("ReduceSum", ReduceGradients::sum),
              row("ReduceMean", ReduceGradients::mean),
              row("ReduceMax", ReduceGradients::extremum),
              row("ReduceMin", ReduceGradients::extremum),
              row("ReduceL1", ReduceGradients::l1),
              row("ReduceL2", ReduceGradients::l2),
              row("ReduceSumSquare", ReduceGradients::sumSquare),
              row("ReduceLogSum", ReduceGradients::logSum),
              row("ReduceLogSumExp", ReduceGradients::logSumExp),
              row("ReduceProd", refuse("a product with zeros needs the other factors of each")),
              row("CumSum", perInput(ReduceGradients::cumSum)),
              row("GlobalAveragePool", PoolGradients::globalAverage),
              row("GlobalMaxPool", PoolGradients::globalMax),
              row("AveragePool", PoolGradients::average),
              row("MaxPool", PoolGradients::max),

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
              row("Tile", LayoutGradients::tile),
              row("Pad", LayoutGradients::pad),
              row("Trilu", LayoutGradients::trilu),
              microsoft("RotaryEmbedding", LayoutGradients::rotaryEmbedding),

              // Picking and placing elements.
              row("Gather", IndexGradients::gather),
              row("GatherElements", IndexGradients::gatherElements),
              row("GatherND", IndexGradients::gatherNd),
              row("ScatterElements", IndexGradients::scatterElements),
              row("ScatterND", IndexGradients::scatterNd),
              row("TopK", IndexGradients::topK),

              // Comparisons, positions, sizes, and steps: constant almost everywhere.
              row("And", none()),
              row("Or", none()),
              row("Not", none()),
              row("Xor", none()),
              row("Equal", none()),
              row("Less", none()),
              row("LessOrEqual", none()),
              row("Greater", none()),
              row("GreaterOrEqual", none()),
              row("IsInf", none()),
              row("IsNaN", none()),
              row("ArgMax", none()),
              row("ArgMin", none()),
              row("NonZero", none()),
              row("OneHot", none()),
              row("Shape", none()),
              row("Size", none()),
              row("Constant", none()),
              row("ConstantOfShape", none()),
              row("EyeLike", none()),
              row("Range", none()),
              row("Ceil", none()),
              row("Floor", none()),
              row("Round", none()),
              row("Sign", none())));

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
