package dev.graft.autodiff;

import java.util.ArrayList;
import java.util.List;

/**
 * The operators, shapes, attributes and domains on which every gradient rule is checked.
 *
 * <p>Tensors without elements are checked with known sizes only: ONNX Runtime's {@code ReduceSum}
 * and {@code Expand} make an element of nothing.
 */
final class GradientCases {
  private GradientCases() {}

  static List<GradientCase> all() {
    List<GradientCase> cases = new ArrayList<>();
    cases.addAll(broadcasting());
    cases.addAll(elementwise());
    cases.addAll(activations());
    cases.addAll(norms());
    cases.addAll(products());
    cases.addAll(convolutions());
    cases.addAll(reductions());
    cases.addAll(layout());
    cases.addAll(indexing());
    return cases;
  }

  private static GradientCase of(String op) {
    return GradientCase.of(op);
  }

  private static List<GradientCase> broadcasting() {
    List<GradientCase> cases = new ArrayList<>();
    for (String op : List.of("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean")) {
      cases.add(pair(op, new long[] {5}, new long[] {5}));
      cases.add(pair(op, new long[] {}, new long[] {2, 3}));
      cases.add(pair(op, new long[] {2, 3}, new long[] {}));
      cases.add(pair(op, new long[] {}, new long[] {}));
      cases.add(pair(op, new long[] {1}, new long[] {2, 3}));
      cases.add(pair(op, new long[] {2, 3}, new long[] {1, 1}));
      cases.add(pair(op, new long[] {4, 5}, new long[] {5}));
      cases.add(pair(op, new long[] {5}, new long[] {4, 5}));
      cases.add(pair(op, new long[] {1, 4, 5}, new long[] {2, 3, 1, 1}));
      cases.add(pair(op, new long[] {2, 1, 1, 5}, new long[] {1, 3, 4, 1}));
      cases.add(pair(op, new long[] {0, 3}, new long[] {3}).fixedShapes());
    }
    cases.add(of("Sum").x(3));
    cases.add(of("Max").x(3));
    cases.add(of("Sum").x(2, 3).x(3).x(2, 1));
    cases.add(of("Max").x(2, 3).x(3).x(2, 1));
    for (double p : new double[] {2, 3, 0.5, 1, -1, 1.7}) {
      cases.add(of("Pow").x(3, 4).in(0.5, 2).x().in(p, p).frozen().constants());
    }
    cases.add(of("Mul").x(2, 3).x().frozen().constants());
    cases.add(of("Mul").x(3).x(1, 1).frozen().constants());
    cases.add(of("Div").x(2, 3).x(1).in(3, 4).frozen().constants());
    cases.add(of("Where").bools(List.of(2, 3), 1, 0, 0, 1, 1, 0).x(2, 3).x(2, 3));
    cases.add(of("Where").bools(List.of(2, 1), 1, 0).x(3).x(4, 1, 1));
    cases.add(of("PRelu").x(2, 3).x(3).floatOnly());
    cases.add(of("PRelu").x(2, 3, 2, 2).x(3, 1, 1).floatOnly());
    return cases;
  }

  private static GradientCase pair(String op, long[] a, long[] b) {
    GradientCase c = of(op);
    boolean positive = op.equals("Div") || op.equals("Pow");
    c = positive ? c.x(a).in(0.5, 2) : c.x(a);
    c = positive ? c.x(b).in(0.5, 2) : c.x(b);
    return op.equals("Mean") ? c.floatOnly() : c;
  }

  private static List<GradientCase> elementwise() {
    return List.of(
        of("Identity").x(2, 3),
        of("Neg").x(2, 3),
        of("Neg").x(),
        of("Cast").x(2, 3).attr("to", 11),
        of("Abs").x(2, 3).in(0.1, 1),
        of("Abs").x(2, 3).in(-1, -0.1),
        of("Exp").x(2, 3),
        of("Exp").x(),
        of("Exp").x(0, 3).fixedShapes(),
        of("Log").x(2, 3).in(0.5, 2),
        of("Sqrt").x(2, 3).in(0.5, 2),
        of("Reciprocal").x(2, 3).in(0.5, 2),
        of("Sin").x(2, 3),
        of("Cos").x(2, 3),
        of("Tanh").x(2, 3),
        of("Sigmoid").x(2, 3),
        of("Erf").x(2, 3).floatOnly(),
        of("Clip").x(4, 5).x().in(-0.5, -0.5).frozen().x().in(0.5, 0.5).frozen(),
        of("Clip").x(4, 5).absent().x().in(0.5, 0.5).frozen(),
        of("Clip").x(4, 5).x().in(-0.5, -0.5).frozen(),
        of("Clip").x(4, 5));
  }

  private static List<GradientCase> activations() {
    return List.of(
        of("Dropout").x(2, 3),
        of("Dropout").x(2, 3).absent().bools(List.of(), 0).constants(),
        of("Relu").x(4, 5),
        of("LeakyRelu").x(4, 5).attr("alpha", 0.2).floatOnly(),
        of("LeakyRelu").x(4, 5).floatOnly(),
        of("Elu").x(4, 5).attr("alpha", 1.5).floatOnly(),
        of("Softplus").x(4, 5).floatOnly(),
        of("HardSigmoid").x(4, 5).in(-4, 4).floatOnly(),
        of("HardSigmoid").x(4, 5).attr("alpha", 0.5).attr("beta", 0.4).floatOnly(),
        of("HardSwish").x(4, 5).in(-4, 4).floatOnly(),
        of("Gelu").x(4, 5).in(-4, 4).floatOnly(),
        of("Gelu").x(4, 5).in(-4, 4).attr("approximate", "tanh"),
        of("com.microsoft.Gelu").x(4, 5).floatOnly(),
        of("com.microsoft.BiasGelu").x(2, 3, 5).x(5).floatOnly(),
        of("com.microsoft.FastGelu").x(2, 3, 5).x(5).floatOnly(),
        of("com.microsoft.FastGelu").x(2, 5).floatOnly(),
        of("com.microsoft.QuickGelu").x(4, 5).floatOnly(),
        of("com.microsoft.QuickGelu").x(4, 5).attr("alpha", 1.0).floatOnly());
  }

  private static List<GradientCase> norms() {
    return List.of(
        of("Softmax").x(3, 4),
        of("Softmax").x(2, 3, 4).attr("axis", 1),
        of("Softmax").x(2, 3, 1),
        of("LogSoftmax").x(3, 4),
        of("LogSoftmax").x(2, 3, 4).attr("axis", 0),
        of("LayerNormalization").floatGradients().x(2, 3, 6).x(6).x(6),
        of("LayerNormalization").floatGradients().x(2, 3, 6).x(6),
        of("LayerNormalization")
            .floatGradients()
            .x(2, 3, 6)
            .x(3, 6)
            .x(3, 6)
            .attr("axis", 1)
            .attr("epsilon", 1e-3),
        of("LayerNormalization").floatGradients().x(1, 6).x(6).x(6),
        of("SimplifiedLayerNormalization").x(2, 3, 6).x(6).floatOnly(),
        of("com.microsoft.SkipLayerNormalization").x(2, 3, 8).x(2, 3, 8).x(8).x(8).x(8).floatOnly(),
        of("com.microsoft.SkipLayerNormalization")
            .x(2, 3, 8)
            .x(2, 3, 8)
            .x(8)
            .outputs(4, 0, 3)
            .floatOnly(),
        of("com.microsoft.SkipSimplifiedLayerNormalization")
            .x(2, 3, 8)
            .x(2, 3, 8)
            .x(8)
            .x(8)
            .floatOnly(),
        of("com.microsoft.SkipSimplifiedLayerNormalization")
            .x(2, 3, 8)
            .x(2, 3, 8)
            .x(8)
            .outputs(4, 0, 3)
            .floatOnly(),
        of("BatchNormalization").x(2, 3, 2, 2).x(3).x(3).x(3).frozen().x(3).in(0.5, 2).frozen(),
        of("BatchNormalization").x(4, 3).x(3).x(3).x(3).frozen().x(3).in(0.5, 2).frozen());
  }

  private static List<GradientCase> products() {
    List<GradientCase> cases =
        new ArrayList<>(
            List.of(
                of("MatMul").x(2, 3).x(3, 4),
                of("MatMul").x(3).x(3, 4),
                of("MatMul").x(2, 3).x(3),
                of("MatMul").x(3).x(3),
                of("MatMul").x(3).x(2, 3, 4),
                of("MatMul").x(2, 4, 3).x(3),
                of("MatMul").x(2, 3, 4).x(4, 5),
                of("MatMul").x(2, 3, 2, 4).x(4, 5),
                of("MatMul").x(3, 4).x(2, 4, 5),
                of("MatMul").x(2, 3, 4).x(2, 4, 5),
                of("MatMul").x(2, 3, 3, 4).x(2, 3, 4, 2),
                of("MatMul").x(2, 1, 3, 4).x(1, 3, 4, 2),
                of("MatMul").x(3, 3, 4).x(2, 1, 4, 2),
                of("MatMul").x(1, 1, 1).x(2, 1, 1),
                of("MatMul").x(2, 0).x(0, 3),
                of("com.microsoft.FusedMatMul").x(2, 3, 4).x(4, 5).attr("alpha", 0.5).floatOnly(),
                of("com.microsoft.FusedMatMul")
                    .x(2, 3, 4)
                    .x(5, 4)
                    .attr("transB", 1)
                    .attr("alpha", 0.5)
                    .floatOnly(),
                of("com.microsoft.FusedMatMul").x(2, 4, 3).x(4, 5).attr("transA", 1).floatOnly(),
                of("com.microsoft.FusedMatMul")
                    .x(2, 1, 3, 4)
                    .x(1, 3, 5, 4)
                    .attr("transB", 1)
                    .floatOnly(),
                of("com.microsoft.FusedMatMul")
                    .x(2, 4, 3)
                    .x(2, 5, 4)
                    .attr("transA", 1)
                    .attr("transB", 1)
                    .floatOnly(),
                of("Einsum").x(2, 3).x(3, 4).attr("equation", "ij,jk->ik"),
                of("Einsum").x(2, 3, 2, 4).x(2, 3, 5, 4).attr("equation", "bhqd,bhkd->bhqk"),
                of("Einsum").x(2, 3, 4).x(4, 3).attr("equation", "bij, ji -> bi")));
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < 2; b++) {
        GradientCase c = of("Gemm");
        c = a == 0 ? c.x(2, 3) : c.x(3, 2);
        c = b == 0 ? c.x(3, 4) : c.x(4, 3);
        cases.add(c.x(4).attr("transA", a).attr("transB", b).attr("alpha", 0.5).attr("beta", 2.0));
      }
    }
    cases.add(of("Gemm").x(2, 3).x(3, 4));
    cases.add(of("Gemm").x(2, 3).x(3, 4).x(2, 1));
    cases.add(of("Gemm").x(2, 3).x(3, 4).x());
    return cases;
  }

  private static List<GradientCase> convolutions() {
    return List.of(
        conv().x(2, 3, 6, 6).x(4, 3, 2, 2).x(4).ints("strides", 2, 2),
        conv().x(1, 2, 5).x(3, 2, 1),
        conv().x(2, 3, 5, 6).x(4, 3, 3, 2).x(4).ints("strides", 2, 1).ints("pads", 1, 0, 1, 1),
        conv().x(1, 2, 7, 7).x(2, 2, 2, 3).ints("dilations", 2, 1).ints("strides", 2, 2),
        conv().x(2, 4, 5, 5).x(6, 2, 3, 3).attr("group", 2).ints("pads", 1, 1, 1, 1),
        conv().x(1, 3, 4, 4).x(3, 1, 3, 3).attr("group", 3),
        of("GlobalAveragePool").x(2, 3, 4, 5).floatOnly().fixedShapes(),
        of("GlobalMaxPool").x(2, 3, 4, 5).floatOnly(),
        of("AveragePool").x(2, 3, 4, 6).ints("kernel_shape", 2, 3).floatOnly().fixedShapes(),
        of("AveragePool")
            .x(2, 3, 5, 6)
            .ints("kernel_shape", 2, 3)
            .ints("strides", 2, 2)
            .ints("pads", 1, 1, 0, 1)
            .floatOnly()
            .fixedShapes(),
        of("AveragePool")
            .x(1, 2, 5, 5)
            .ints("kernel_shape", 3, 3)
            .ints("pads", 1, 1, 1, 1)
            .attr("count_include_pad", 1)
            .floatOnly()
            .fixedShapes(),
        of("MaxPool").x(2, 3, 6, 6).ints("kernel_shape", 2, 2).ints("strides", 2, 2).floatOnly(),
        of("MaxPool").x(2, 3, 5).ints("kernel_shape", 3).ints("pads", 1, 1).floatOnly());
  }

  private static GradientCase conv() {
    return of("Conv").floatOnly().fixedShapes();
  }

  private static List<GradientCase> reductions() {
    List<GradientCase> cases = new ArrayList<>();
    for (String op :
        List.of(
            "ReduceSum",
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ReduceLogSum",
            "ReduceLogSumExp")) {
      cases.add(of(op).x(2, 3, 4).in(0.5, 2).ints(1));
      cases.add(of(op).x(2, 3, 4).in(0.5, 2).ints(-1, 0).attr("keepdims", 0));
      cases.add(of(op).x(2, 3).in(0.5, 2));
      cases.add(of(op).x(2, 3).in(0.5, 2).attr("keepdims", 0));
      cases.add(of(op).x(2, 1, 3).in(0.5, 2).ints(1).attr("keepdims", 0));
    }
    cases.add(of("ReduceSum").x(2, 3).attr("noop_with_empty_axes", 1));
    cases.add(of("CumSum").x(3, 4).ints(List.of(), 1));
    cases.add(of("CumSum").x(3, 4).ints(List.of(), 0).attr("reverse", 1));
    cases.add(of("CumSum").x(3, 4).ints(List.of(), 1).attr("exclusive", 1));
    return cases;
  }

  private static List<GradientCase> layout() {
    return List.of(
        of("Reshape").x(2, 3, 4).ints(4, -1),
        of("Reshape").x(2, 3, 4).ints(0, 0, 2, 2),
        of("Reshape").x(1).ints(List.of(0)),
        of("Reshape").x(0, 3).ints(3, 0).attr("allowzero", 1).fixedShapes(),
        of("Flatten").x(2, 3, 4).attr("axis", 2),
        of("Flatten").x(2, 3, 4),
        of("Transpose").x(2, 3, 4).ints("perm", 1, 2, 0),
        of("Transpose").x(2, 3, 4),
        of("Squeeze").x(1, 3, 1).ints(0, -1),
        of("Squeeze").x(1, 3, 1),
        of("Unsqueeze").x(3).ints(0, 2),
        of("Unsqueeze").x().ints(0),
        of("Expand").x(3, 1).ints(2, 3, 4),
        of("Expand").x().ints(2, 3),
        of("Expand").x(2, 3).ints(1, 1),
        of("Concat").x(2, 3).x(2, 1).x(2, 2).attr("axis", 1),
        of("Concat").x(2, 3).attr("axis", -1),
        of("Concat").x(2, 3).x(0, 3).attr("axis", 0),
        of("Split").x(2, 6).ints(1, 2, 3).attr("axis", 1).outputs(3, 0, 1, 2),
        of("Split").x(2, 6).ints(1, 2, 3).attr("axis", -1).outputs(3, 1),
        of("Split").x(6).attr("num_outputs", 3).outputs(3, 0, 2),
        of("Slice").x(4, 5).ints(1, 0).ints(3, 4),
        of("Slice").x(4, 5).ints(-3).ints(Long.MAX_VALUE).ints(1),
        of("Slice").x(4, 5).ints(1).ints(-1).ints(-1).ints(1),
        of("Slice").x(4, 5).ints(0).ints(5).ints(1).ints(2),
        of("Slice").x(4, 5).ints(-1, 3).ints(-10, 0).ints(0, 1).ints(-1, -2).constants(),
        of("Slice").x(4, 5).ints(3).ints(2).ints(0).fixedShapes(),
        of("Tile").x(2, 3).ints(2, 1),
        of("Tile").x(2, 3).ints(3, 2),
        of("Pad").x(2, 3).ints(1, 0, 0, 2),
        of("Pad").x(2, 3).ints(1, 2).x().frozen().ints(-1),
        of("Pad").x(3, 4).ints(-1, 1, 0, -2),
        of("Trilu").x(3, 4),
        of("Trilu").x(2, 3, 3).ints(List.of(), -1).attr("upper", 0),
        of("com.microsoft.RotaryEmbedding")
            .x(2, 2, 3, 4)
            .ints(List.of(1), 0)
            .x(8, 2)
            .frozen()
            .x(8, 2)
            .frozen()
            .floatOnly()
            .constants(),
        of("com.microsoft.RotaryEmbedding")
            .x(1, 2, 3, 4)
            .ints(List.of(1), 0)
            .x(8, 2)
            .frozen()
            .x(8, 2)
            .frozen()
            .attr("interleaved", 1)
            .floatOnly()
            .constants());
  }

  private static List<GradientCase> indexing() {
    return List.of(
        of("Gather").x(5, 3).ints(1, 4, 1),
        of("Gather").x(5, 3).ints(List.of(2, 2), 0, -1, 4, 0),
        of("Gather").x(5, 3).ints(List.of(), 2),
        of("Gather").x(2, 5, 3).ints(List.of(2, 2), 0, -1, 2, 0).attr("axis", 1),
        of("Gather").x(2, 5).ints(List.of(), -1).attr("axis", -1),
        of("Gather").x(4).ints(List.of(), 1),
        of("GatherElements").x(3, 4).ints(List.of(3, 2), 0, 1, 3, 3, -1, 0).attr("axis", 1),
        of("GatherND").x(3, 4).ints(List.of(3, 2), 0, 1, -1, 3, 0, 1),
        of("GatherND").x(3, 4).ints(List.of(2, 1), 1, 1),
        of("GatherND").x(2, 3, 4).ints(List.of(2, 1, 2), 1, 2, 0, -1),
        of("ScatterElements").x(3, 4).ints(List.of(2, 2), 0, 1, 3, 2).x(2, 2).attr("axis", 1),
        of("ScatterElements").x(3, 4).ints(List.of(1, 2), 0, 0).x(1, 2).attr("reduction", "add"),
        of("ScatterND").x(3, 4).ints(List.of(2, 1), 2, 0).x(2, 4),
        of("ScatterND").x(3, 4).ints(List.of(2, 2), 2, 0, 1, 1).x(2).attr("reduction", "add"),
        of("TopK").x(3, 5).ints(2).outputs(2, 0),
        of("TopK").x(5, 3).ints(2).attr("axis", 0).attr("largest", 0).outputs(2, 0));
  }
}
