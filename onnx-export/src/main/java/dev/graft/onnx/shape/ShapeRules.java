package dev.graft.onnx.shape;

import static dev.graft.onnx.shape.ShapeRule.always;
import static dev.graft.onnx.shape.ShapeRule.like;
import static dev.graft.onnx.shape.ShapeRule.many;
import static dev.graft.onnx.shape.ShapeRule.maybe;
import static dev.graft.onnx.shape.ShapeRule.one;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OpId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The table: how each operator's outputs are typed. An operator without an entry is not typed. */
final class ShapeRules {
  private static final Map<String, ShapeRule> TABLE = Collections.unmodifiableMap(table());

  private ShapeRules() {}

  static Optional<ShapeRule> of(OpId op) {
    return Optional.ofNullable(TABLE.get(op.toString()));
  }

  /** The operators of the table, as {@link OpId#parse} reads them. */
  static Iterable<String> operators() {
    return TABLE.keySet();
  }

  private static Map<String, ShapeRule> table() {
    Map<String, ShapeRule> t = new TreeMap<>();
    elementwise(t);
    matrix(t);
    layout(t);
    indexing(t);
    reductions(t);
    images(t);
    fused(t);
    return t;
  }

  private static void put(Map<String, ShapeRule> table, ShapeRule rule, String... operators) {
    for (String operator : operators) {
      table.put(operator, rule);
    }
  }

  private static void elementwise(Map<String, ShapeRule> t) {
    put(
        t,
        one(like(0), s -> s.sizes(0)),
        "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh Elu Erf Exp Floor"
            .split(" ", -1));
    put(
        t,
        one(like(0), s -> s.sizes(0)),
        "Gelu HardSigmoid HardSwish Identity LeakyRelu Log Mish Neg Reciprocal Relu Round Selu"
            .split(" ", -1));
    put(
        t,
        one(like(0), s -> s.sizes(0)),
        "Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu"
            .split(" ", -1));
    ShapeRule binary = one(like(0), s -> s.broadcastAll(0));
    put(t, binary, "Add", "Sub", "Mul", "Div", "Pow", "Mod", "PRelu", "Max", "Min", "Sum", "Mean");
    put(t, binary, "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift");
    ShapeRule comparison = one(always(ElementType.BOOL), s -> s.broadcastAll(0));
    put(t, comparison, "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual");
    put(t, comparison, "And", "Or", "Xor", "Not", "IsNaN", "IsInf");
    put(t, one(like(1), s -> s.broadcastAll(0)), "Where");
    put(t, one(ShapeRules::castTarget, s -> s.sizes(0)), "Cast");
    put(t, one(like(1), s -> s.sizes(0)), "CastLike");
    put(t, one(like(0), s -> s.sizes(0)), "CumSum", "Softmax", "LogSoftmax", "Hardmax", "Trilu");
    put(
        t,
        many(s -> List.of(s.sizes(0), s.sizes(0)), like(0), always(ElementType.BOOL)),
        "Dropout");
    put(t, one(s -> s.elementType(1), s -> s.sizes(0)), "DequantizeLinear");
    put(t, one(s -> s.elementType(2), s -> s.sizes(0)), "QuantizeLinear");
    put(
        t,
        many(
            s -> List.of(s.sizes(0), Sizes.SCALAR, Sizes.SCALAR),
            always(ElementType.UINT8),
            always(ElementType.FLOAT),
            always(ElementType.UINT8)),
        "DynamicQuantizeLinear");
  }

  private static Optional<ElementType> castTarget(ShapeScope s) {
    return Optional.of(ElementType.ofNumber((int) s.attribute("to", 0)));
  }

  private static void matrix(Map<String, ShapeRule> t) {
    put(t, one(like(0), MatrixShapes::matMul), "MatMul");
    put(t, one(always(ElementType.INT32), MatrixShapes::matMul), "MatMulInteger");
    put(t, one(like(0), MatrixShapes::gemm), "Gemm", "com.microsoft.FusedGemm");
    put(
        t,
        maybe(like(0), MatrixShapes::fusedMatMul),
        "com.microsoft.FusedMatMul",
        "com.microsoft.TransposeMatMul",
        "com.microsoft.FusedMatMulActivation");
    put(
        t,
        one(always(ElementType.FLOAT), MatrixShapes::matMul),
        "com.microsoft.DynamicQuantizeMatMul",
        "com.microsoft.MatMulIntegerToFloat");
    put(t, one(like(0), MatrixShapes::matMulNBits), "com.microsoft.MatMulNBits");
    put(t, maybe(like(0), EinsumShapes::infer), "Einsum");
  }

  private static void layout(Map<String, ShapeRule> t) {
    put(t, one(like(0), LayoutShapes::transpose), "Transpose");
    put(t, maybe(like(0), LayoutShapes::reshape), "Reshape");
    put(t, one(like(0), LayoutShapes::flatten), "Flatten");
    put(t, maybe(like(0), LayoutShapes::squeeze), "Squeeze");
    put(t, maybe(like(0), LayoutShapes::unsqueeze), "Unsqueeze");
    put(t, maybe(like(0), LayoutShapes::expand), "Expand");
    put(t, one(like(0), LayoutShapes::tile), "Tile");
    put(t, one(like(0), LayoutShapes::concat), "Concat");
    put(t, many(LayoutShapes::split, like(0)), "Split");
    put(t, maybe(like(0), SliceShapes::infer), "Slice");
    put(t, one(like(0), LayoutShapes::pad), "Pad");
    put(t, one(always(ElementType.INT64), LayoutShapes::shape), "Shape");
    put(t, one(always(ElementType.INT64), s -> Sizes.SCALAR), "Size");
    put(t, maybe(ShapeRules::fillType, LayoutShapes::constantOfShape), "ConstantOfShape");
    put(t, one(like(0), LayoutShapes::range), "Range");
    put(t, maybe(ShapeRules::constantType, ShapeRules::constantSizes), "Constant");
    put(
        t,
        one(
            s -> s.node().attributes().containsKey("dtype") ? eyeType(s) : s.elementType(0),
            s -> s.sizes(0)),
        "EyeLike");
  }

  private static Optional<ElementType> eyeType(ShapeScope s) {
    return Optional.of(ElementType.ofNumber((int) s.attribute("dtype", 1)));
  }

  private static Optional<ElementType> fillType(ShapeScope s) {
    return Optional.of(
        s.node().attributes().get("value") instanceof Attribute.TensorValue v
            ? v.value().elementType()
            : ElementType.FLOAT);
  }

  private static Optional<ElementType> constantType(ShapeScope s) {
    return ContentRules.constantOf(s.node()).map(v -> v.elementType());
  }

  private static Optional<Sizes> constantSizes(ShapeScope s) {
    return ContentRules.constantOf(s.node()).map(v -> Sizes.ofLongs(v.dims()));
  }

  private static void indexing(Map<String, ShapeRule> t) {
    put(t, one(like(0), IndexShapes::gather), "Gather");
    put(t, one(like(0), s -> s.sizes(1)), "GatherElements");
    put(t, maybe(like(0), IndexShapes::gatherNd), "GatherND");
    put(t, one(like(0), s -> s.sizes(0)), "ScatterElements", "ScatterND", "Scatter");
    put(t, one(like(2), IndexShapes::oneHot), "OneHot");
    put(t, one(always(ElementType.INT64), IndexShapes::nonZero), "NonZero");
    put(t, many(IndexShapes::topK, like(0), always(ElementType.INT64)), "TopK");
  }

  private static void reductions(Map<String, ShapeRule> t) {
    put(
        t,
        maybe(like(0), ReductionShapes::reduce),
        "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd"
            .split(" ", -1));
    put(t, maybe(like(0), ReductionShapes::reduce), "ReduceSum", "ReduceSumSquare");
    put(t, one(always(ElementType.INT64), ReductionShapes::argument), "ArgMax", "ArgMin");
    put(
        t,
        many(ReductionShapes::normalization, like(0), always(ElementType.FLOAT)),
        "LayerNormalization",
        "SimplifiedLayerNormalization",
        "com.microsoft.SimplifiedLayerNormalization",
        "RMSNormalization");
    put(t, one(like(0), s -> s.sizes(0)), "InstanceNormalization", "GroupNormalization");
    put(t, one(like(0), s -> s.sizes(0)), "LpNormalization", "BatchNormalization");
  }

  private static void images(Map<String, ShapeRule> t) {
    put(t, one(like(0), ConvolutionShapes::conv), "Conv", "com.microsoft.FusedConv");
    put(t, one(like(0), ConvolutionShapes::convTranspose), "ConvTranspose");
    put(
        t,
        many(ConvolutionShapes::pool, like(0), always(ElementType.INT64)),
        "MaxPool",
        "AveragePool",
        "LpPool");
    put(t, one(like(0), ConvolutionShapes::globalPool), "GlobalAveragePool", "GlobalMaxPool");
  }

  private static void fused(Map<String, ShapeRule> t) {
    put(
        t,
        one(like(0), s -> s.sizes(0)),
        "com.microsoft.BiasGelu",
        "com.microsoft.FastGelu",
        "com.microsoft.Gelu",
        "com.microsoft.QuickGelu",
        "com.microsoft.RotaryEmbedding",
        "com.microsoft.BiasSoftmax",
        "com.microsoft.Trilu",
        "RotaryEmbedding");
    put(
        t,
        many(FusedShapes::skipNormalization, like(0)),
        "com.microsoft.SkipLayerNormalization",
        "com.microsoft.SkipSimplifiedLayerNormalization");
    put(t, maybe(like(0), FusedShapes::attention), "com.microsoft.Attention");
    put(t, maybe(like(0), FusedShapes::multiHeadAttention), "com.microsoft.MultiHeadAttention");
    put(t, maybe(like(0), FusedShapes::groupQuery), "com.microsoft.GroupQueryAttention");
  }
}
