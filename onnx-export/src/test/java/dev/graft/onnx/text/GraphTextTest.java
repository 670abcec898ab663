package dev.graft.onnx.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphTextTest {

  @Test
  void printsOneLinePerNodeWithKnownTypes() {
    GraphBuilder b = new GraphBuilder("main");
    b.input("x", ElementType.FLOAT, "B", 3);
    b.initializer("W", Tensor.floats(List.of(3L, 4L), new float[12]));
    b.op(OpId.onnx("MatMul"), Map.of(), List.of("x", "W"), 1);
    b.type("MatMul", TensorType.of(ElementType.FLOAT, "B", 4));
    String sum = b.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), "MatMul", b.longs(1));
    b.output(sum, "y", TensorType.of(ElementType.FLOAT, "B"));

    assertEquals(
        """
        graph main(x: float[B,3])
          W: float[3,4]
          const: int64[1] = {1}
          MatMul: float[B,4] = MatMul(x, W)
          ReduceSum = ReduceSum(MatMul, const) {keepdims=0}
          y: float[B] = Identity(ReduceSum)
          return y: float[B]
        """,
        GraphText.print(b.build()));
  }

  @Test
  void printsAttributesSortedAndInFull() {
    GraphBuilder b = new GraphBuilder("a");
    b.input("x", ElementType.FLOAT);
    Map<String, Attribute> attributes =
        Map.of(
            "s", Attribute.of("tan\"h\n"),
            "f", Attribute.of(0.1),
            "ints", Attribute.ints(1, -2),
            "strings", new Attribute.StringList(List.of("a", "b c")),
            "big", Attribute.of(Tensor.floats(List.of(9L), new float[9])),
            "t", Attribute.of(Tensor.bools(List.of(2L), true, false)));
    b.op(OpId.parse("com.example.Odd"), attributes, List.of("x", "", "x"), 2);

    assertEquals(
        """
        graph a(x: float[])
          Odd_0, Odd_1 = com.example.Odd(x, _, x) {big=float[9], f=0.1, ints=[1, -2], s="tan\\"h\\u000a", strings=["a", "b c"], t=bool[2]{true, false}}
          return\s
        """,
        GraphText.print(b.build()));
  }

  @Test
  void printsSubgraphsInsideTheirNode() {
    Graph branch =
        new Graph(
            "b1",
            List.of(),
            List.of(new Value("r", TensorType.ofUnknownRank(ElementType.FLOAT))),
            List.of(
                new dev.graft.onnx.Node(
                    "n", OpId.onnx("Neg"), List.of("x"), List.of("r"), Map.of())),
            Map.of());
    GraphBuilder b = new GraphBuilder("outer");
    b.input("x", ElementType.FLOAT, 2);
    b.op("If", Map.of("then_branch", new Attribute.GraphValue(branch)), "c");

    assertEquals(
        """
        graph outer(x: float[2])
          If = If(c) {then_branch=graph b1()
              r: float[..] = Neg(x)
              return r: float[..]}
          return\s
        """,
        GraphText.print(b.build()));
  }

  @Test
  void normalizedTextIgnoresGeneratedNames() {
    Graph one = halved("first", "half");
    Graph other = halved("second", "one_half");

    assertNotEquals(GraphText.print(one), GraphText.print(other));
    assertEquals(GraphText.printNormalized(one), GraphText.printNormalized(other));
    assertEquals(
        """
        graph g(x: float[2])
          %1 = Mul(x, float[]{0.5})
          y = Identity(%1)
          return y: float[2]
        """,
        GraphText.printNormalized(one));
  }

  @Test
  void normalizedTextShowsAnotherStructure() {
    GraphBuilder b = new GraphBuilder("g");
    b.input("x", ElementType.FLOAT, 2);
    b.output(b.op("Mul", "x", b.scalar(0.25)), "y", TensorType.of(ElementType.FLOAT, 2));

    assertNotEquals(
        GraphText.printNormalized(halved("first", "half")), GraphText.printNormalized(b.build()));
  }

  @Test
  void quotesNamesThatAreNotPlain() {
    GraphBuilder b = new GraphBuilder("two words");
    b.input("\u001b[31m", ElementType.FLOAT);

    assertEquals(
        "graph \"two words\"(\"\\u001b[31m\": float[])\n  return \n", GraphText.print(b.build()));
  }

  private static Graph halved(String hint, String constant) {
    GraphBuilder b = new GraphBuilder("g");
    b.input("x", ElementType.FLOAT, 2);
    b.initializer(constant, Tensor.scalar(ElementType.FLOAT, 0.5));
    String product = b.fresh(hint);
    b.addNode(
        new dev.graft.onnx.Node(
            hint, OpId.onnx("Mul"), List.of("x", constant), List.of(product), Map.of()));
    b.output(product, "y", TensorType.of(ElementType.FLOAT, 2));
    return b.build();
  }
}
