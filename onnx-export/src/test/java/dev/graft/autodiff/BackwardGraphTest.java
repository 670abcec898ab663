package dev.graft.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.shape.ShapeInference;
import dev.graft.onnx.text.GraphText;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** This graph becomes that graph, without running anything. */
class BackwardGraphTest {
  private final GraphBuilder b = new GraphBuilder("g");

  private String x() {
    return b.input("x", ElementType.FLOAT, "B", "S", 4);
  }

  private String weight() {
    return b.initializer("W", Tensor.floats(List.of(4L, 3L), new float[12]));
  }

  /** Sums everything up to the loss. */
  private String sum(String value) {
    return b.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), value);
  }

  private Gradient differentiate(String loss, String... trainable) {
    b.output(loss, TensorType.ofUnknownRank(ElementType.FLOAT));
    Graph graph = ShapeInference.infer(b.build());
    return Autodiff.differentiate(graph, loss, List.of(trainable));
  }

  /** The backward nodes, one per line, without known types and common prefixes. */
  private static String backward(Gradient gradient) {
    return GraphText.print(gradient.graph())
        .lines()
        .map(String::strip)
        .filter(l -> l.startsWith("grad/"))
        .map(l -> l.replaceFirst("^([^ :]+): [^ ]+ =", "$1 =").replace("grad/", ""))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Test
  void emitsNothingForAFrozenWeight() {
    String loss = sum(b.op("MatMul", x(), weight()));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(
        """
        ReduceSum/Shape = Shape(MatMul)
        ReduceSum/Expand = Expand(const, ReduceSum/Shape)
        MatMul/FusedMatMul = com.microsoft.FusedMatMul(ReduceSum/Expand, W) {transB=1}
        """,
        backward(gradient));
  }

  @Test
  void takesTheGradientOfAWeightInOneProduct() {
    String loss = sum(b.op("Tanh", b.op("MatMul", x(), weight())));

    Gradient gradient = differentiate(loss, "W");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Tanh)
        ReduceSum/Expand = Expand(const, ReduceSum/Shape)
        Tanh/Mul = Mul(ReduceSum/Expand, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(ReduceSum/Expand, Tanh/Mul_1)
        MatMul/Flatten = Flatten(x) {axis=-1}
        MatMul/Flatten_1 = Flatten(Tanh/Sub) {axis=-1}
        MatMul/FusedMatMul = com.microsoft.FusedMatMul(MatMul/Flatten, MatMul/Flatten_1) {transA=1}
        """,
        backward(gradient));
  }

  @Test
  void foldsConstantFactorsIntoTheNextProduct() {
    String scaled = b.op("Div", b.op("MatMul", x(), weight()), b.scalar(8));
    String loss = sum(b.op("Sub", b.scalar(1), b.op("Tanh", scaled)));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Sub)
        ReduceSum/Expand = Expand(const_2, ReduceSum/Shape)
        Tanh/Mul = Mul(ReduceSum/Expand, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(ReduceSum/Expand, Tanh/Mul_1)
        MatMul/FusedMatMul = com.microsoft.FusedMatMul(Tanh/Sub, W) {alpha=-0.125, transB=1}
        """,
        backward(gradient));
  }

  @Test
  void addsOnlyWhereAValueIsReadTwice() {
    String x = x();
    String loss = sum(b.op("Mul", b.op("Tanh", x), b.op("Sigmoid", x)));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Mul)
        ReduceSum/Expand = Expand(const, ReduceSum/Shape)
        Mul/Mul = Mul(ReduceSum/Expand, Sigmoid)
        Mul/Mul_1 = Mul(ReduceSum/Expand, Tanh)
        Sigmoid/Mul = Mul(Mul/Mul_1, Sigmoid)
        Sigmoid/Mul_1 = Mul(Sigmoid/Mul, Sigmoid)
        Sigmoid/Sub = Sub(Sigmoid/Mul, Sigmoid/Mul_1)
        Tanh/Mul = Mul(Mul/Mul, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(Mul/Mul, Tanh/Mul_1)
        x = Add(Sigmoid/Sub, Tanh/Sub)
        """,
        backward(gradient));
  }

  @Test
  void sumsNothingBackForEqualSymbolicDimensions() {
    String loss = sum(b.op("Add", x(), b.input("z", ElementType.FLOAT, "B", "S", 4)));

    Gradient gradient = differentiate(loss, "x", "z");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Add)
        ReduceSum/Expand = Expand(const, ReduceSum/Shape)
        """,
        backward(gradient));
  }

  @Test
  void sumsABiasOverItsRows() {
    String bias = b.initializer("bias", Tensor.floats(List.of(4L), new float[4]));
    String loss = sum(b.op("Tanh", b.op("Add", x(), bias)));

    Gradient gradient = differentiate(loss, "bias");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Tanh)
        ReduceSum/Expand = Expand(const, ReduceSum/Shape)
        Tanh/Mul = Mul(ReduceSum/Expand, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(ReduceSum/Expand, Tanh/Mul_1)
        Add/ReduceSum = ReduceSum(Tanh/Sub, const_1) {keepdims=0}
        """,
        backward(gradient));
  }

  @Test
  void comparesShapesAtRunTimeOnlyWhereADimensionMayBeOne() {
    String loss = sum(b.op("Tanh", b.op("Add", x(), b.input("z", ElementType.FLOAT, "T", 4))));

    Gradient gradient = differentiate(loss, "z");

    assertTrue(backward(gradient).contains("NonZero"), backward(gradient));
  }

  @Test
  void asksTheForwardNormalizationForItsStatistics() {
    String gamma = b.initializer("gamma", Tensor.floats(List.of(4L), new float[4]));
    String y = b.op(OpId.onnx("LayerNormalization"), Map.of(), List.of(x(), gamma), 1).get(0);
    String loss = sum(b.op("Tanh", y));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Tanh)
        ReduceSum/Expand = Expand(const, ReduceSum/Shape)
        Tanh/Mul = Mul(ReduceSum/Expand, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(ReduceSum/Expand, Tanh/Mul_1)
        LayerNormalization/Sub = Sub(x, LayerNormalization/output_1)
        LayerNormalization/Mul = Mul(Tanh/Sub, gamma)
        LayerNormalization/Mul_1 = Mul(LayerNormalization/Mul, LayerNormalization/Sub)
        LayerNormalization/ReduceMean = ReduceMean(LayerNormalization/Mul_1, const_1) {keepdims=1}
        LayerNormalization/Mul_2 = Mul(LayerNormalization/ReduceMean, LayerNormalization/output_2)
        LayerNormalization/Mul_3 = Mul(LayerNormalization/Mul_2, LayerNormalization/output_2)
        LayerNormalization/Mul_4 = Mul(LayerNormalization/Sub, LayerNormalization/Mul_3)
        LayerNormalization/ReduceMean_1 = ReduceMean(LayerNormalization/Mul, const_1) {keepdims=1}
        LayerNormalization/Add = Add(LayerNormalization/Mul_4, LayerNormalization/ReduceMean_1)
        LayerNormalization/Sub_1 = Sub(LayerNormalization/Mul, LayerNormalization/Add)
        LayerNormalization/Mul_5 = Mul(LayerNormalization/Sub_1, LayerNormalization/output_2)
        """,
        backward(gradient));
    assertEquals(
        3,
        gradient.graph().nodes().stream()
            .filter(n -> n.is("LayerNormalization"))
            .findFirst()
            .orElseThrow()
            .outputs()
            .size());
  }

  @Test
  void fillsUnusedPiecesOfASplitWithZeros() {
    Map<String, Attribute> axis = Map.of("axis", Attribute.of(2));
    List<String> parts = b.op(OpId.onnx("Split"), axis, List.of(x(), b.longs(1, 3)), 2);
    String loss = sum(b.op("Tanh", parts.get(1)));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Tanh)
        ReduceSum/Expand = Expand(const_1, ReduceSum/Shape)
        Tanh/Mul = Mul(ReduceSum/Expand, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(ReduceSum/Expand, Tanh/Mul_1)
        Split/Shape = Shape(Split_0)
        Split/ConstantOfShape = ConstantOfShape(Split/Shape) {value=float[1]{0.0}}
        Split/Concat = Concat(Split/ConstantOfShape, Tanh/Sub) {axis=2}
        """,
        backward(gradient));
  }

  @Test
  void reshapesBackByAConstant() {
    String loss = sum(b.op("Tanh", b.op("Reshape", x(), b.longs(0, 0, 2, 2))));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(
        """
        ReduceSum/Shape = Shape(Tanh)
        ReduceSum/Expand = Expand(const_1, ReduceSum/Shape)
        Tanh/Mul = Mul(ReduceSum/Expand, Tanh)
        Tanh/Mul_1 = Mul(Tanh/Mul, Tanh)
        Tanh/Sub = Sub(ReduceSum/Expand, Tanh/Mul_1)
        Reshape/Reshape = Reshape(Tanh/Sub, const_2)
        """,
        backward(gradient));
  }

  @Test
  void namesEveryOperatorWithoutARule() {
    String y = b.op("Acosh", b.op("Acosh", b.op("Atan", x())));
    String loss = sum(b.op("ReduceProd", y));

    MissingGradientException error =
        assertThrows(MissingGradientException.class, () -> differentiate(loss, "x"));

    assertEquals(
        "no gradient rule for operator Atan (node 'Atan', opset 21); no gradient rule for operator"
            + " Acosh (node 'Acosh', opset 21) and 1 more nodes; no gradient for operator ReduceProd"
            + " (node 'ReduceProd', opset 21): a product with zeros needs the other factors of each;"
            + " see docs/howto/add-a-gradient-rule.md",
        error.getMessage());
    assertEquals(OpId.onnx("Atan"), error.operator());
  }

  @Test
  void ignoresOperatorsWithoutARuleBesideThePath() {
    String frozen = b.op("Acosh", b.input("z", ElementType.FLOAT, "B", "S", 4));
    String loss = sum(b.op("Mul", x(), frozen));

    Gradient gradient = differentiate(loss, "x");

    assertEquals(1, gradient.gradientOf().size());
  }

  @Test
  void refusesAnInputThatARuleForgets() {
    GradientRules forgetful =
        GradientRules.standard()
            .with(OpId.onnx("Mul"), new GradientRules.Rule(GradientRules.perInput(s -> s.dy())));
    String loss = sum(b.op("Mul", x(), b.input("z", ElementType.FLOAT, "B", "S", 4)));
    b.output(loss, TensorType.of(ElementType.FLOAT));
    Graph graph = ShapeInference.infer(b.build());

    MissingGradientException error =
        assertThrows(
            MissingGradientException.class,
            () -> Autodiff.differentiate(graph, loss, List.of("x", "z"), forgetful));

    assertEquals(
        "no gradient for operator Mul (node 'Mul', opset 21): its rule has no formula for input 1"
            + " ('z'), which leads to a trainable value",
        error.getMessage());
  }

  @Test
  void refusesATrainableValueWithoutInfluence() {
    b.input("z", ElementType.FLOAT, 3);
    String loss = sum(x());

    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> differentiate(loss, "x", "z"));

    assertEquals(
        "trainable value 'z' has no influence on the loss '%s'".formatted(loss),
        error.getMessage());
  }

  @Test
  void refusesALossOfManyElements() {
    String y = b.op("Tanh", x());

    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> differentiate(y, "x"));

    assertEquals(
        "the loss 'Tanh' must be one floating-point number, found float[B,S,4]",
        error.getMessage());
  }

  @Test
  void namesTheNodeWhoseRankIsNotKnown() {
    String y =
        b.op(
            "MatMul", b.input("a", ElementType.FLOAT, 2, 3), b.input("w", ElementType.FLOAT, 3, 2));
    String loss = sum(b.op("LayerNormalization", b.op("Odd", y), "w"));
    b.output(loss, TensorType.of(ElementType.FLOAT));
    GradientRules rules =
        GradientRules.standard()
            .with(OpId.onnx("Odd"), new GradientRules.Rule(GradientRules.perInput(s -> s.dy())));

    MissingGradientException error =
        assertThrows(
            MissingGradientException.class,
            () -> Autodiff.differentiate(b.build(), loss, List.of("a"), rules));

    assertEquals(
        "no gradient for operator LayerNormalization (node 'LayerNormalization', opset 21): its rule"
            + " needs the rank of value 'Odd', which is not known; run shape inference first",
        error.getMessage());
  }
}
