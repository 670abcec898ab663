package dev.graft.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.shape.ShapeInference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Erf;
import org.junit.jupiter.api.Test;

class GeluSlopeTest {
  private static final int POINTS = 4001;

  @Test
  void isExactToFloatRoundingNearZeroAndFarFromIt() {
    float[] x = new float[POINTS + 2];
    IntStream.range(0, POINTS).forEach(i -> x[i] = (i - POINTS / 2) / 160f);
    x[POINTS] = 1e4f;
    x[POINTS + 1] = -1e4f;

    double[] slope = slope(x);

    for (int i = 0; i < x.length; i++) {
      double v = x[i];
      double expected =
          0.5 * Erf.erfc(-v / Math.sqrt(2)) + v * Math.exp(-v * v / 2) / Math.sqrt(2 * Math.PI);
      assertEquals(expected, slope[i], 4e-7, "at " + v);
    }
  }

  private static double[] slope(float[] x) {
    GraphBuilder b = new GraphBuilder("gelu");
    String input = b.input("x", ElementType.FLOAT, x.length);
    String loss = b.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), b.op("Gelu", input));
    b.output(loss, "loss", TensorType.of(ElementType.FLOAT));
    Graph typed = ShapeInference.infer(b.build());
    Gradient gradient = Autodiff.differentiate(typed, "loss", List.of("x"));
    GraphBuilder out = GraphBuilder.from(gradient.graph()).clearOutputs();
    String dx = Objects.requireNonNull(gradient.gradientOf().get("x"));
    out.output(dx, "dx", TensorType.of(ElementType.FLOAT, x.length));
    Tensor feed = Tensor.floats(List.of((long) x.length), x);
    try (StockOrt ort = new StockOrt(out.build())) {
      return Objects.requireNonNull(ort.run(Map.of("x", feed)).get("dx")).toDoubles();
    }
  }
}
