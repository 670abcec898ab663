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
import org.junit.jupiter.api.Test;

class RepeatedIndexTest {
  private static final int COUNT = 20_000;

  /** Rows that are picked thousands of times get the whole sum, whatever threads do. */
  @Test
  void sumsAllGradientsOfARowThatIsPickedOften() {
    GraphBuilder b = new GraphBuilder("embedding");
    b.input("table", ElementType.FLOAT, 3, 16);
    long[] indices = new long[COUNT];
    for (int i = 0; i < COUNT; i++) {
      indices[i] = i % 2;
    }
    String picked = b.op("Gather", "table", b.longs(indices));
    String loss = b.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), picked);
    b.output(loss, TensorType.of(ElementType.FLOAT));
    Graph graph = ShapeInference.infer(b.build());
    Gradient gradient = Autodiff.differentiate(graph, loss, List.of("table"));
    String value = Objects.requireNonNull(gradient.gradientOf().get("table"));
    GraphBuilder out = GraphBuilder.from(gradient.graph()).clearOutputs();
    out.output(value, "d", TensorType.of(ElementType.FLOAT, 3, 16));

    try (StockOrt ort = new StockOrt(out.build(), 4)) {
      for (int run = 0; run < 20; run++) {
        Map<String, Tensor> feeds = Map.of("table", Tensor.floats(List.of(3L, 16L), new float[48]));
        Tensor d = Objects.requireNonNull(ort.run(feeds).get("d"));
        for (int i = 0; i < 48; i++) {
          assertEquals(i < 32 ? COUNT / 2 : 0, d.toFloats()[i], "element " + i);
        }
      }
    }
  }
}
