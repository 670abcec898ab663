package dev.graft.onnx.check;

import dev.graft.onnx.OpId;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The table: how operators are used at opset {@link dev.graft.onnx.Model#OPSET}, from
 * https://github.com/onnx/onnx/blob/main/docs/Operators.md and
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md. A line has inputs,
 * outputs and the attributes that must be there. A capital letter is a type that is the same
 * wherever the letter stands again; {@code ?} marks what may be absent, {@code *} what may repeat,
 * {@code ~} operators that broadcast all their inputs. Other operators are not checked.
 */
final class OperatorSchemas {
  private static final String ELEMENTWISE =
      """
      Abs: T -> T
      Acos: T -> T
      Acosh: T -> T
      ~Add: T T -> T
      ~And: bool bool -> bool
      Asin: T -> T
      Asinh: T -> T
      Atan: T -> T
      Atanh: T -> T
      ~BitShift: T T -> T {direction}
      ~BitwiseAnd: T T -> T
      BitwiseNot: T -> T
      ~BitwiseOr: T T -> T
      ~BitwiseXor: T T -> T
      Cast: T -> U {to}
      CastLike: T U -> U
      Ceil: T -> T
      Celu: T -> T
      Clip: T T? T? -> T
      Cos: T -> T
      Cosh: T -> T
      CumSum: T U -> T
      ~Div: T T -> T
      Dropout: T U? bool? -> T bool?
      Elu: T -> T
      ~Equal: T T -> bool
      Erf: T -> T
      Exp: T -> T
      Floor: T -> T
      Gelu: T -> T
      ~Greater: T T -> bool
      ~GreaterOrEqual: T T -> bool
      Hardmax: T -> T
      HardSigmoid: T -> T
      HardSwish: T -> T
      Identity: T -> T
      IsInf: T -> bool
      IsNaN: T -> bool
      LeakyRelu: T -> T
      ~Less: T T -> bool
      ~LessOrEqual: T T -> bool
      Log: T -> T
      LogSoftmax: T -> T
      ~Max: T* -> T
      ~Mean: T* -> T
      ~Min: T* -> T
      Mish: T -> T
      ~Mod: T T -> T
      ~Mul: T T -> T
      Neg: T -> T
      Not: bool -> bool
      ~Or: bool bool -> bool
      ~Pow: T U -> T
      PRelu: T T -> T
      Reciprocal: T -> T
      Relu: T -> T
      Round: T -> T
      Selu: T -> T
      Shrink: T -> T
      Sigmoid: T -> T
      Sign: T -> T
      Sin: T -> T
      Sinh: T -> T
      Softmax: T -> T
      Softplus: T -> T
      Softsign: T -> T
      Sqrt: T -> T
      ~Sub: T T -> T
      ~Sum: T* -> T
      Tan: T -> T
      Tanh: T -> T
      ThresholdedRelu: T -> T
      ~Where: bool T T -> T
      ~Xor: bool bool -> bool
      """;

  private static final String LAYOUT =
      """
      Compress: T bool -> T
      Concat: T* -> T {axis}
      Constant: -> T
      ConstantOfShape: int64 -> T
      DepthToSpace: T -> T {blocksize}
      Expand: T int64 -> T
      EyeLike: T -> U
      Flatten: T -> T
      Gather: T U -> T
      GatherElements: T U -> T
      GatherND: T int64 -> T
      NonZero: T -> int64
      OneHot: T U V -> V
      Pad: T int64 T? U? -> T
      Range: T T T -> T
      Reshape: T int64 -> T
      ReverseSequence: T int64 -> T
      ScatterElements: T U T -> T
      ScatterND: T int64 T -> T
      Shape: T -> int64
      Size: T -> int64
      Slice: T U U U? U? -> T
      SpaceToDepth: T -> T {blocksize}
      Split: T int64? -> T*
      Squeeze: T int64? -> T
      Tile: T int64 -> T
      TopK: T int64 -> T int64
      Transpose: T -> T
      Trilu: T int64? -> T
      Unique: T -> T int64? int64? int64?
      Unsqueeze: T int64 -> T
      """;

  private static final String MATHEMATICS =
      """
      ArgMax: T -> int64
      ArgMin: T -> int64
      AveragePool: T -> T {kernel_shape}
      BatchNormalization: T U U V V -> T V? V?
      Conv: T T T? -> T
      ConvInteger: T U T? U? -> int32
      ConvTranspose: T T T? -> T
      DequantizeLinear: T U T? -> U
      Det: T -> T
      DynamicQuantizeLinear: float -> uint8 float uint8
      Einsum: T* -> T {equation}
      Gemm: T T T? -> T
      GlobalAveragePool: T -> T
      GlobalMaxPool: T -> T
      GroupNormalization: T T T -> T {num_groups}
      If: bool -> V* {then_branch, else_branch}
      InstanceNormalization: T T T -> T
      LayerNormalization: T T T? -> T U? U?
      LpNormalization: T -> T
      LRN: T -> T {size}
      MatMul: T T -> T
      MatMulInteger: T U T? U? -> int32
      MaxPool: T -> T int64? {kernel_shape}
      MeanVarianceNormalization: T -> T
      QuantizeLinear: T U V? -> W
      ReduceL1: T int64? -> T
      ReduceL2: T int64? -> T
      ReduceLogSum: T int64? -> T
      ReduceLogSumExp: T int64? -> T
      ReduceMax: T int64? -> T
      ReduceMean: T int64? -> T
      ReduceMin: T int64? -> T
      ReduceProd: T int64? -> T
      ReduceSum: T int64? -> T
      ReduceSumSquare: T int64? -> T
      Resize: T U? float? int64? -> T
      SimplifiedLayerNormalization: T V -> V U?
      SoftmaxCrossEntropyLoss: T U T? -> T T?
      """;

  private static final String MICROSOFT =
      """
      com.microsoft.BiasGelu: T T -> T
      com.microsoft.FastGelu: T T? -> T
      com.microsoft.FusedGemm: T T T? -> T
      com.microsoft.FusedMatMul: T T -> T
      com.microsoft.Gelu: T -> T
      com.microsoft.QuickGelu: T -> T
      com.microsoft.RotaryEmbedding: T int64 T T -> T
      com.microsoft.SkipLayerNormalization: T T T T? T? -> T U? U? T?
      com.microsoft.SkipSimplifiedLayerNormalization: T T T T? -> T U? U? T?
      com.microsoft.TransposeMatMul: T T -> T
      """;

  private static final Map<String, Signature> TABLE = table();

  private OperatorSchemas() {}

  static Optional<Signature> of(OpId op) {
    return Optional.ofNullable(TABLE.get(op.toString()));
  }

  private static Map<String, Signature> table() {
    Map<String, Signature> table = new TreeMap<>();
    (ELEMENTWISE + LAYOUT + MATHEMATICS + MICROSOFT)
        .lines()
        .map(Signature::parse)
        .forEach(s -> table.put(s.operator(), s));
    return Collections.unmodifiableMap(table);
  }
}
