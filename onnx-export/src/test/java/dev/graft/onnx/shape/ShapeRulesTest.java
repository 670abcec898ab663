package dev.graft.onnx.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.onnx.io.Ort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs every operator and compares its results' types with what is inferred from named sizes. */
class ShapeRulesTest {
  /** What {@code b} and {@code t} are in the runs. */
  private static final long B = 2;

  private static final long T = 3;

  @TempDir Path folder = Path.of("");

  private record Case(
      String op, Map<String, Attribute> attributes, int outputs, List<Object> inputs) {

    Case plus(String attribute, long value) {
      Map<String, Attribute> more = new LinkedHashMap<>(attributes);
      more.put(attribute, Attribute.of(value));
      return new Case(op, more, outputs, inputs);
    }

    String title() {
      return "%s%s %s".formatted(op, inputs, attributes.keySet());
    }
  }

  private static Case of(String op, Object... inputs) {
    return new Case(op, Map.of(), 1, Arrays.asList(inputs));
  }

  private static Case with(String op, Map<String, Attribute> attributes, Object... inputs) {
    return new Case(op, attributes, 1, Arrays.asList(inputs));
  }

  private static Case many(
      String op, int outputs, Map<String, Attribute> attributes, Object... inputs) {
    return new Case(op, attributes, outputs, Arrays.asList(inputs));
  }

  private static TensorType f(Object... dims) {
    return TensorType.of(ElementType.FLOAT, dims);
  }

  private static TensorType i(Object... dims) {
    return TensorType.of(ElementType.INT64, dims);
  }

  private static TensorType z(Object... dims) {
    return TensorType.of(ElementType.BOOL, dims);
  }

  private static Tensor v(long... values) {
    return Tensor.longVector(values);
  }

  private static Tensor one(long value) {
    return Tensor.longs(List.of(), value);
  }

  private static Map<String, Attribute> at(String name, Object value) {
    Attribute attribute =
        value instanceof Attribute a
            ? a
            : value instanceof Number n ? Attribute.of(n.longValue()) : Attribute.of("" + value);
    return Map.of(name, attribute);
  }

  private static Attribute ints(long... values) {
    return Attribute.ints(values);
  }

  private static List<Case> cases() {
    List<Case> all = new ArrayList<>();
    for (String unary :
        ("Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu"
                + " HardSigmoid HardSwish Identity LeakyRelu Log Mish Neg Reciprocal Relu Round Selu"
                + " Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu"
                + " Softmax LogSoftmax Hardmax LpNormalization com.microsoft.Gelu"
                + " com.microsoft.QuickGelu com.microsoft.FastGelu GlobalAveragePool GlobalMaxPool")
            .split(" ", -1)) {
      all.add(of(unary, f("b", "t", 4)));
    }
    for (String binary : "Add Sub Mul Div Pow Max Min Sum Mean PRelu".split(" ", -1)) {
      all.add(of(binary, f("b", "t", 4), f(4)));
      all.add(of(binary, f("b", "t", 4), f("t", 1)));
    }
    all.add(of("Add", f("b", 1, 4), f(1, "t", 1)));
    all.add(of("Mod", i("b", 4), one(3)));
    for (String compare : "Equal Less LessOrEqual Greater GreaterOrEqual".split(" ", -1)) {
      all.add(of(compare, f("b", 1), f(1, "t")));
    }
    for (String logic : "And Or Xor".split(" ", -1)) {
      all.add(of(logic, z("b", 1), z(1, "t")));
    }
    for (String bits : "BitwiseAnd BitwiseOr BitwiseXor".split(" ", -1)) {
      all.add(of(bits, i("b", 1), i(1, "t")));
    }
    all.add(of("BitwiseNot", i("b")));
    all.add(of("Not", z("b")));
    all.add(of("IsNaN", f("b")));
    all.add(of("IsInf", f("b")));
    all.add(of("Where", z("b", 1), f(1, "t"), f(4, 1, 1)));
    all.add(with("Cast", at("to", 7), f("b", "t")));
    all.add(of("CastLike", f("b"), i("t")));
    all.add(of("CumSum", f("b", "t"), one(1)));
    all.add(of("Trilu", f("b", "t")));
    all.add(with("com.microsoft.Trilu", at("upper", 1), f("b", "t")));
    all.add(many("Dropout", 2, Map.of(), f("b", "t")));
    matrices(all);
    layouts(all);
    indices(all);
    norms(all);
    images(all);
    return all;
  }

  private static void matrices(List<Case> all) {
    all.add(of("MatMul", f("b", "t", 4), f(4, 5)));
    all.add(of("MatMul", f(4), f("b", 4, 5)));
    all.add(of("MatMul", f("b", "t", 4), f(4)));
    all.add(of("MatMul", f(4), f(4)));
    all.add(of("MatMul", f("b", 1, "t", 4), f(6, 4, "t")));
    all.add(
        with(
            "Gemm",
            Map.of("transA", Attribute.of(1), "transB", Attribute.of(1)),
            f(4, "t"),
            f(5, 4),
            f(5)));
    all.add(with("com.microsoft.FusedMatMul", at("transB", 1), f("b", "t", 4), f("b", 5, 4)));
    all.add(with("com.microsoft.FusedMatMul", at("transA", 1), f("b", 4, "t"), f("b", 4, 5)));
    all.add(with("Einsum", at("equation", "bij,bkj->bik"), f("b", "t", 4), f("b", 5, 4)));
    all.add(with("Einsum", at("equation", "ij,jk"), f("t", 4), f(4, 5)));
  }

  private static void layouts(List<Case> all) {
    all.add(with("Transpose", at("perm", ints(0, 2, 1)), f("b", "t", 4)));
    all.add(of("Transpose", f("b", "t", 4)));
    all.add(of("Reshape", f("b", "t", 4), v(0, 0, 2, 2)));
    all.add(of("Reshape", f("b", "t", 4), v(-1, 2)));
    all.add(of("Reshape", f(6, 4), i(2)));
    all.add(with("Flatten", at("axis", 2), f("b", "t", 4)));
    all.add(with("Flatten", at("axis", 0), f("b", "t", 4)));
    all.add(of("Squeeze", f("b", 1, "t", 1), v(1, -1)));
    all.add(of("Squeeze", f(1, 4, 1)));
    all.add(of("Unsqueeze", f("b", "t"), v(0, -1)));
    all.add(of("Expand", f("b", 1), v(5, 1, 4)));
    all.add(of("Tile", f("b", "t"), v(2, 3)));
    all.add(with("Concat", at("axis", -1), f("b", "t"), f("b", 4), f("b", "t")));
    all.add(many("Split", 2, at("axis", 1), f("b", 5), v(2, 3)));
    all.add(
        many(
            "Split",
            2,
            Map.of("axis", Attribute.of(1), "num_outputs", Attribute.of(2)),
            f("b", 5)));
    all.add(of("Slice", f("b", "t", 9), v(1, -3), v(Long.MAX_VALUE, -1), v(1, 2)));
    all.add(of("Slice", f("b", 9), v(8, 0), v(-20, 1), v(1, 0), v(-3, 1)));
    all.add(of("Slice", f(4, "t"), v(0), v(2), v(1)));
    all.add(of("Pad", f("b", "t", 4), v(0, 1, 0, 0, 2, 3)));
    all.add(of("Pad", f("b", 4), v(1, 2), "", v(-1)));
    all.add(with("Shape", at("start", -2), f("b", "t", 4)));
    all.add(of("Size", f("b", "t")));
    all.add(of("ConstantOfShape", v(2, 5)));
    all.add(of("Range", one(2), one(11), one(3)));
    all.add(with("Constant", at("value", Attribute.of(Tensor.floats(List.of(1L, 2L), 1, 2)))));
    all.add(of("EyeLike", f("b", "t")));
  }

  private static void indices(List<Case> all) {
    all.add(of("Gather", f(9, "t"), i("b", 2)));
    all.add(with("Gather", at("axis", 1), f("b", 9, 4), one(2)));
    all.add(of("GatherElements", f(9, 4), i("t", 4)));
    all.add(with("GatherND", at("batch_dims", 1), f("b", 9, 4), i("b", 1)));
    all.add(of("ScatterElements", f(9, 4), i(1, 4), f(1, 4)));
    all.add(of("ScatterND", f(9, 4), i("t", 1), f("t", 4)));
    all.add(with("OneHot", at("axis", 1), i("b", "t"), one(5), Tensor.floats(List.of(2L), 0, 1)));
    all.add(of("NonZero", f("b", "t")));
    all.add(many("TopK", 2, at("axis", -1), f("b", 9), v(4)));
  }

  private static void norms(List<Case> all) {
    for (String kind : "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split(" ", -1)) {
      all.add(of("Reduce" + kind, f("b", "t", 4), v(-1)));
    }
    all.add(with("ReduceMean", at("keepdims", 0), f("b", "t", 4), v(0, 2)));
    all.add(with("ReduceSum", at("keepdims", 0), f("b", "t")));
    all.add(with("ReduceSum", at("noop_with_empty_axes", 1), f("b", "t")));
    all.add(with("ArgMax", at("axis", 1), f("b", "t")));
    all.add(
        with("ArgMin", Map.of("axis", Attribute.of(-1), "keepdims", Attribute.of(0)), f("b", "t")));
    all.add(many("LayerNormalization", 3, at("axis", -1), f("b", "t", 4), f(4), f(4)));
    all.add(many("SimplifiedLayerNormalization", 2, at("axis", -1), f("b", "t", 4), f(4)));
    all.add(of("InstanceNormalization", f("b", 4, "t"), f(4), f(4)));
    all.add(with("GroupNormalization", at("num_groups", 2), f("b", 4, "t"), f(4), f(4)));
    all.add(of("BatchNormalization", f("b", 4, "t"), f(4), f(4), f(4), f(4)));
    all.add(of("com.microsoft.BiasGelu", f("b", "t", 4), f(4)));
    all.add(of("com.microsoft.SkipLayerNormalization", f("b", "t", 4), f("b", "t", 4), f(4), f(4)));
    all.add(
        of("com.microsoft.SkipSimplifiedLayerNormalization", f("b", "t", 4), f("b", "t", 4), f(4)));
    all.add(with("com.microsoft.Attention", at("num_heads", 2), f("b", "t", 4), f(4, 12), f(12)));
    all.add(
        with(
            "com.microsoft.MultiHeadAttention",
            at("num_heads", 2),
            f("b", "t", 4),
            f("b", 5, 4),
            f("b", 5, 4)));
  }

  private static void images(List<Case> all) {
    Map<String, Attribute> conv = new LinkedHashMap<>();
    conv.put("strides", ints(2, 1));
    conv.put("pads", ints(1, 0, 1, 2));
    conv.put("dilations", ints(1, 2));
    all.add(with("Conv", conv, f("b", 2, 8, 9), f(5, 2, 3, 2)));
    all.add(with("Conv", at("auto_pad", "SAME_UPPER"), f("b", 4, 7), f(6, 2, 3)).plus("group", 2));
    all.add(of("Conv", f("b", 2, "t"), f(5, 2, 1)));
    all.add(with("ConvTranspose", at("strides", ints(2, 2)), f("b", 2, 4, 5), f(2, 3, 3, 2)));
    all.add(with("MaxPool", at("kernel_shape", ints(3)), f("b", 2, 9)).plus("ceil_mode", 1));
    all.add(with("AveragePool", at("kernel_shape", ints(2, 2)), f("b", 2, 4, 5)));
    all.add(with("LpPool", at("kernel_shape", ints(2)), f("b", 2, 4)));
  }

  /** Operators whose inputs need more than numbers at random; their shapes are their input's. */
  private static final Set<String> NOT_RUN =
      Set.of(
          "BitShift",
          "DequantizeLinear",
          "DynamicQuantizeLinear",
          "MatMulInteger",
          "QuantizeLinear",
          "RMSNormalization",
          "RotaryEmbedding",
          "Scatter",
          "com.microsoft.BiasSoftmax",
          "com.microsoft.DynamicQuantizeMatMul",
          "com.microsoft.FusedConv",
          "com.microsoft.FusedGemm",
          "com.microsoft.FusedMatMulActivation",
          "com.microsoft.GroupQueryAttention",
          "com.microsoft.MatMulIntegerToFloat",
          "com.microsoft.MatMulNBits",
          "com.microsoft.RotaryEmbedding",
          "com.microsoft.SimplifiedLayerNormalization",
          "com.microsoft.TransposeMatMul");

  @Test
  void hasACaseForEveryOperator() {
    Set<String> operators = new TreeSet<>();
    ShapeRules.operators().forEach(operators::add);
    Set<String> covered = new TreeSet<>(NOT_RUN);
    cases().forEach(c -> covered.add(c.op()));
    assertEquals(operators, covered);
  }

  @TestFactory
  Stream<DynamicTest> agreesWithTheRun() {
    return cases().stream().map(c -> DynamicTest.dynamicTest(c.title(), () -> check(c)));
  }

  private void check(Case c) throws IOException, OrtException {
    GraphBuilder b = new GraphBuilder("case");
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    List<String> inputs = new ArrayList<>();
    for (Object input : c.inputs()) {
      String name = "in" + inputs.size();
      if (input instanceof TensorType type) {
        b.input(name, type.elementType(), type.shape().orElseThrow().dims().toArray());
        feeds.put(name, feed(c.op(), type));
        inputs.add(name);
      } else if (input instanceof Tensor tensor) {
        inputs.add(b.initializer(name, tensor));
      } else {
        inputs.add("");
      }
    }
    List<String> results = b.op(OpId.parse(c.op()), c.attributes(), inputs, c.outputs());
    Graph inferred = ShapeInference.infer(b.build());
    for (String result : results) {
      ElementType type = inferred.typeOf(result).orElseThrow().elementType();
      b.output(result, TensorType.ofUnknownRank(type));
    }
    Path file = folder.resolve("case-%d.onnx".formatted(System.nanoTime()));
    OnnxWriter.write(Model.of(b.build()), file);
    Map<String, Tensor> run = Ort.run(file, feeds);
    for (String result : results) {
      Tensor actual = run.getOrDefault(result, Tensor.longVector());
      assertEquals(actual.elementType(), inferred.typeOf(result).orElseThrow().elementType());
      assertEquals(actual.dims(), atRun(inferred, result, actual));
    }
  }

  /** The inferred sizes with b and t put in; a size of its own is taken as it came. */
  private static List<Long> atRun(Graph graph, String value, Tensor actual) {
    List<Long> sizes = new ArrayList<>();
    List<Dim> dims = graph.shapeOf(value).orElseThrow().dims();
    for (int axis = 0; axis < dims.size(); axis++) {
      String name = dims.get(axis).toString();
      SizeExpr size = SizeParser.parse(name);
      size = size.replace("b", SizeExpr.of(B)).replace("t", SizeExpr.of(T));
      boolean own = name.equals("%s.d%d".formatted(value, axis));
      if (name.equals("min(2, t)")) {
        sizes.add(Math.min(2, T));
      } else {
        sizes.add(own ? actual.dims().get(axis) : size.constant().orElse(-1));
      }
    }
    return sizes;
  }

  private static Tensor feed(String op, TensorType type) {
    List<Long> dims = new ArrayList<>();
    long count = 1;
    for (Dim dim : type.shape().orElseThrow().dims()) {
      long named = dim.toString().equals("b") ? B : T;
      long size = dim instanceof Dim.Fixed fixed ? fixed.size() : named;
      dims.add(size);
      count *= size;
    }
    if (type.elementType() == ElementType.FLOAT) {
      float[] values = new float[(int) count];
      Arrays.fill(values, 0.5f);
      return Tensor.floats(dims, values);
    }
    if (type.elementType() == ElementType.BOOL) {
      return Tensor.bools(dims, new boolean[(int) count]);
    }
    long[] values = new long[(int) count];
    if (op.equals("Reshape")) {
      values = new long[] {8, 3};
    }
    return Tensor.longs(dims, values);
  }
}
