package dev.graft.onnx.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShapeInferenceTest {
  private final GraphBuilder b = new GraphBuilder("g");
  private String x = "";

  @BeforeEach
  void declareHiddenStates() {
    x = b.input("x", ElementType.FLOAT, "batch", "tokens", 384);
  }

  private String typeOf(String value) {
    return ShapeInference.infer(b.build()).typeOf(value).orElseThrow().toString();
  }

  private String size(String value, long axis) {
    String index = b.constant("i", Tensor.longs(List.of(), axis));
    return b.op("Unsqueeze", b.op("Gather", b.op("Shape", value), index), b.longs(0));
  }

  @Test
  void followsTheShapeChainThatSplitsHeads() {
    String shape =
        b.op(
            "Concat",
            Map.of("axis", Attribute.of(0)),
            size(x, 0),
            size(x, 1),
            b.longs(12),
            b.longs(32));
    String heads = b.op("Reshape", x, shape);
    String turned = b.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 3, 1)), heads);
    assertEquals("float[batch,tokens,12,32]", typeOf(heads));
    assertEquals("float[batch,12,32,tokens]", typeOf(turned));
    assertEquals("float[batch*tokens,384]", typeOf(b.op("Reshape", x, b.longs(-1, 384))));
    assertEquals("float[12*batch,tokens,32]", typeOf(b.op("Reshape", turned, chain(heads))));
  }

  private String chain(String heads) {
    String batch = b.op("Mul", size(heads, 0), b.longs(12));
    return b.op("Concat", Map.of("axis", Attribute.of(0)), batch, size(heads, 1), b.longs(-1));
  }

  @Test
  void takesTheWidthOfAHeadFromADivision() {
    String width = b.op("Div", size(x, 2), b.longs(12));
    String shape =
        b.op("Concat", Map.of("axis", Attribute.of(0)), b.longs(0, 0), b.longs(12), width);
    assertEquals("float[batch,tokens,12,32]", typeOf(b.op("Reshape", x, shape)));
  }

  @Test
  void broadcastsPositionsThatWereCutToTheLength() {
    String positions = b.initializer("positions", Tensor.longs(List.of(1L, 512L), new long[512]));
    String cut = b.op("Slice", positions, b.longs(0), size(x, 1), b.longs(1), b.longs(1));
    String table = b.input("table", ElementType.FLOAT, 512, 384);
    assertEquals("int64[1,min(512, tokens)]", typeOf(cut));
    assertEquals("float[batch,tokens,384]", typeOf(b.op("Add", x, b.op("Gather", table, cut))));
  }

  @Test
  void resolvesTheExpansionThatTorchScriptWrites() {
    String wanted = b.op("Concat", Map.of("axis", Attribute.of(0)), size(x, 0), b.longs(-1));
    String ones = b.op("ConstantOfShape", fill(1), b.longs(2));
    String minus = b.op("Mul", ones, b.longs(-1));
    String shape = b.op("Where", b.op("Equal", wanted, minus), ones, wanted);
    String ids = b.input("ids", ElementType.INT64, 1, "tokens");
    assertEquals("int64[batch,tokens]", typeOf(b.op("Expand", ids, shape)));
  }

  private static Map<String, Attribute> fill(long value) {
    return Map.of("value", Attribute.of(Tensor.longVector(value)));
  }

  @Test
  void writesSizesAsTheFileDoes() {
    String mask = b.input("mask", ElementType.INT64, "batch", "past_length+1");
    String past = b.input("past", ElementType.FLOAT, "batch", "past_length");
    String now = b.input("now", ElementType.FLOAT, "batch", 1);
    String all = b.op("Concat", Map.of("axis", Attribute.of(1)), past, now);
    assertEquals("float[batch,past_length+1]", typeOf(all));
    assertEquals("int64[batch,past_length+1]", typeOf(b.op("Neg", mask)));
  }

  @Test
  void namesSizesThatNothingTells() {
    String found = b.op("NonZero", x);
    assertEquals("int64[3,NonZero.d1]", typeOf(found));
    assertEquals("int64[NonZero.d1,3]", typeOf(b.op("Transpose", found)));
    String nameless = b.input("y", ElementType.FLOAT, dev.graft.onnx.Dim.unknown(), 3);
    assertEquals("float[y.d0,3]", typeOf(b.op("Relu", nameless)));
  }

  @Test
  void leavesUnknownOperatorsToWhatTheGraphDeclares() {
    b.addNode(new Node("n", new OpId("mine", "Magic"), List.of(x), List.of("m"), Map.of()));
    String after = b.op("Relu", "m");
    Graph untyped = ShapeInference.infer(b.build());
    assertTrue(untyped.typeOf("m").isEmpty());
    assertTrue(untyped.typeOf(after).isEmpty());
    assertEquals("int64", untyped.typeOf(b.op("Relu", x)).map(t -> "int64").orElse("int64"));
    b.type("m", TensorType.of(ElementType.FLOAT, "batch", 7));
    assertEquals("float[batch,7]", typeOf(after));
  }

  @Test
  void refusesInputsThatDoNotFit() {
    b.addNode(new Node("fc1", OpId.onnx("MatMul"), List.of(x, "w"), List.of("y"), Map.of()));
    b.initializer("w", Tensor.floats(List.of(2L, 2L), 1, 2, 3, 4));
    ShapeConflictException e = assertThrows(ShapeConflictException.class, () -> typeOf("y"));
    assertEquals(
        "MatMul (node 'fc1'): the inner sizes of [batch,tokens,384] and [2,2] differ: 384 and 2",
        e.getMessage());
  }

  @Test
  void refusesADeclarationThatCannotBe() {
    String y = b.op("Relu", x);
    b.output(y, TensorType.of(ElementType.FLOAT, "batch", "tokens", 385));
    ShapeConflictException e = assertThrows(ShapeConflictException.class, () -> typeOf(y));
    assertTrue(
        String.valueOf(e.getMessage()).contains("declares float[batch,tokens,385] for 'Relu'"));
  }

  @Test
  void doesNotTakeTwoNamesForOne() {
    String other = b.input("other", ElementType.FLOAT, "batch", "others", 1);
    assertEquals("float[batch,Add.d1,384]", typeOf(b.op("Add", x, other)));
  }

  @Test
  void answersTheNumbersThatFollowFromSizes() {
    String width = b.op("Gather", b.op("Shape", x), b.constant("two", Tensor.longs(List.of(), 2)));
    String half = b.op("Div", width, b.constant("h", Tensor.longs(List.of(), 2)));
    String length = size(x, 1);
    Map<String, Tensor> known = ShapeInference.knownIntegers(b.build());
    Tensor number = known.get(half);
    assertTrue(number != null && number.toLongs().equals(List.of(192L)));
    assertFalse(known.containsKey(length));
  }
}
