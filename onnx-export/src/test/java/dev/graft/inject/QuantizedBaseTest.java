package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizedBaseTest {
  private static final int ROWS = 16;

  private static Graph product(boolean turned, float alpha) {
    GraphBuilder b = new GraphBuilder("product");
    b.input("x", ElementType.FLOAT, "B", 96);
    b.initializer("W", turned ? Runs.random(2, 0.05, 80, 96) : Runs.random(2, 0.05, 96, 80));
    String y =
        turned || alpha != 1
            ? b.microsoft(
                "FusedMatMul",
                Map.of("transB", Attribute.of(turned ? 1 : 0), "alpha", Attribute.of(alpha)),
                "x",
                "W")
            : b.op("MatMul", "x", "W");
    b.output(y, "y", TensorType.of(ElementType.FLOAT, "B", 80));
    return b.build();
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "true, 1", "false, 0.25", "true, 3"})
  void productsAreOffByAboutOnePartInTwoHundred(boolean turned, float alpha) throws Exception {
    Graph plain = product(turned, alpha);
    Graph quantized = QuantizedBase.apply(plain, true, new QuantizedWeights());
    Map<String, Tensor> inputs = Map.of("x", Runs.random(3, 1, ROWS, 96));

    float[] expected = Runs.output(plain, inputs, "y").toFloats();
    float[] found = Runs.output(quantized, inputs, "y").toFloats();

    assertEquals(1, count(quantized, "DynamicQuantizeMatMul"));
    double error = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      error += Math.pow(found[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    double relative = Math.sqrt(error / size);
    // Below 1e-4 nothing was quantized; above 2e-2 something is wrong with it.
    assertTrue(relative > 1e-4 && relative < 2e-2, "relative error " + relative);
  }

  @Test
  void aColumnOfZerosStaysZero() throws Exception {
    GraphBuilder b = new GraphBuilder("zeros");
    b.input("x", ElementType.FLOAT, "B", 96);
    float[] weights = Runs.values(2, 0.05, 96 * 80);
    for (int row = 0; row < 96; row++) {
      weights[row * 80 + 5] = 0;
    }
    b.initializer("W", Tensor.floats(Runs.list(96, 80), weights));
    b.output(b.op("MatMul", "x", "W"), "y", TensorType.of(ElementType.FLOAT, "B", 80));
    Graph quantized = QuantizedBase.apply(b.build(), true, new QuantizedWeights());
    float[] found =
        Runs.output(quantized, Map.of("x", Runs.random(3, 1, ROWS, 96)), "y").toFloats();
    for (int row = 0; row < ROWS; row++) {
      assertEquals(0, found[row * 80 + 5]);
    }
  }

  @Test
  void onlyBigFrozenMatricesAreReplaced() {
    GraphBuilder b = new GraphBuilder("mixed");
    b.input("x", ElementType.FLOAT, "B", 96);
    b.input("lora", ElementType.FLOAT, 96, 96);
    b.initializer("big", Runs.random(1, 1, 96, 96));
    b.initializer("small", Runs.random(2, 1, 96, 8));
    b.initializer("batched", Runs.random(3, 1, 2, 96, 96));
    b.initializer("left", Runs.random(4, 1, 96, 96));
    String big = b.op("MatMul", "x", "big");
    String trained = b.op("MatMul", big, "lora");
    b.output(b.op("MatMul", trained, "small"), "y", TensorType.of(ElementType.FLOAT, "B", 8));
    b.output(b.op("MatMul", trained, "batched"), "z", TensorType.of(ElementType.FLOAT, 2, "B", 96));
    b.output(b.op("MatMul", "left", "left"), "c", TensorType.of(ElementType.FLOAT, 96, 96));

    Graph quantized = QuantizedBase.apply(b.build(), true, new QuantizedWeights());

    assertEquals(1, count(quantized, "DynamicQuantizeMatMul"));
    assertEquals(4, count(quantized, "MatMul"));
    assertTrue(!quantized.initializers().containsKey("big"), "the float matrix is dropped");
  }

  @Test
  void gradientsThroughFrozenWeightsStayFloatUnlessAskedFor() {
    Graph backward = product(true, 1);
    assertEquals(
        0,
        count(
            QuantizedBase.apply(backward, false, new QuantizedWeights()), "DynamicQuantizeMatMul"));
    assertEquals(
        1,
        count(
            QuantizedBase.apply(backward, true, new QuantizedWeights()), "DynamicQuantizeMatMul"));
  }

  private static long count(Graph graph, String op) {
    return graph.nodes().stream().filter(n -> n.op().type().equals(op)).count();
  }
}
