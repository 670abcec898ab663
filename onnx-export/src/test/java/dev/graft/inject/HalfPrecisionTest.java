package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  private static final Map<String, Attribute> TO_FLOAT =
      Map.of("to", Attribute.of(ElementType.FLOAT.number()));

  /** {@code y = softmax(table[ids] W + mask)} where the mask is the most negative float. */
  private static Graph masked() {
    GraphBuilder b = new GraphBuilder("masked");
    b.input("ids", ElementType.INT64, "B");
    b.input("keep", ElementType.INT64, 4);
    b.initializer("table", Runs.random(1, 0.5, 10, 8));
    b.initializer("W", Runs.random(2, 0.5, 8, 4));
    String rows = b.op("Gather", "table", "ids");
    String dropped = b.op("Sub", b.scalar(1), b.op("Cast", TO_FLOAT, "keep"));
    String mask = b.op("Mul", dropped, b.scalar(-Float.MAX_VALUE));
    String scores = b.op("Add", b.op("MatMul", rows, "W"), mask);
    b.output(b.op("Softmax", scores), "y", TensorType.of(ElementType.FLOAT, "B", 4));
    return b.build();
  }

  @Test
  void computesCloseToFloatAndKeepsTypesAtTheBorder() throws Exception {
    Graph half = HalfPrecision.convert(masked());
    Map<String, Tensor> inputs =
        Map.of(
            "ids", Tensor.longs(List.of(3L), 0, 7, 9),
            "keep", Tensor.longs(List.of(4L), 1, 1, 0, 1));

    Tensor expected = Runs.output(masked(), inputs, "y");
    Tensor found = Runs.output(half, inputs, "y");

    assertEquals(ElementType.FLOAT, found.elementType());
    assertEquals(masked().outputs(), half.outputs());
    // A half has 11 significant bits; eight products and a softmax lose a few more.
    assertTrue(Runs.largestDifference(expected.toFloats(), found.toFloats()) < 4e-3);
    for (int row = 0; row < 3; row++) {
      assertEquals(0, found.toFloats()[4 * row + 2], "a masked entry has no weight");
    }
  }

  @Test
  void noFloatIsLeftInside() {
    Graph half = HalfPrecision.convert(masked());
    half.initializers()
        .forEach((name, tensor) -> assertEquals(ElementType.FLOAT16, tensor.elementType(), name));
    long casts =
        half.nodes().stream()
            .filter(n -> n.is("Cast") && n.intAttribute("to", 0) == ElementType.FLOAT.number())
            .count();
    assertEquals(1, casts);
  }

  @Test
  void takesFloatsAsBefore() throws Exception {
    GraphBuilder b = new GraphBuilder("g");
    b.input("features", ElementType.FLOAT, 2);
    b.output(b.op("Relu", "features"), "y", TensorType.of(ElementType.FLOAT, 2));

    Graph half = HalfPrecision.convert(b.build());

    assertEquals(b.build().inputs(), half.inputs());
    Tensor found = Runs.output(half, Map.of("features", Tensor.floats(List.of(2L), 1.5f, -2)), "y");
    assertEquals(List.of(1.5f, 0f), List.of(found.toFloats()[0], found.toFloats()[1]));
  }
}
