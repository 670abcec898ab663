package dev.graft.onnx.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.onnx.io.Ort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Compares what graphs compute. */
final class Equivalence {
  private Equivalence() {}

  /** Fails unless both graphs give the same results, to 1e-5 of the largest one. */
  static void assertSame(Graph before, Graph after, Map<String, Tensor> feeds, Path folder)
      throws IOException, OrtException {
    assertClose(run(before, feeds, folder), run(after, feeds, folder));
  }

  private static Map<String, Tensor> run(Graph graph, Map<String, Tensor> feeds, Path folder)
      throws IOException, OrtException {
    Path file = folder.resolve("graph-%d.onnx".formatted(System.nanoTime()));
    // ONNX Runtime warns of weights that nobody reads.
    OnnxWriter.write(Model.of(GraphOrder.removeDeadCode(graph)), file);
    return Ort.run(file, feeds);
  }

  static void assertClose(Map<String, Tensor> expected, Map<String, Tensor> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, tensor) -> {
          Tensor other = actual.getOrDefault(name, tensor);
          assertEquals(tensor.dims(), other.dims());
          double[] a = tensor.toDoubles();
          double[] b = other.toDoubles();
          double worst = 0;
          double largest = 1;
          for (int i = 0; i < a.length; i++) {
            assertEquals(Double.isNaN(a[i]), Double.isNaN(b[i]), name);
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
            largest = Math.max(largest, Math.abs(a[i]));
          }
          assertTrue(
              worst < 1e-5 * largest,
              "'%s' up to %s differs by %s".formatted(name, largest, worst));
        });
  }

  static Map<String, Integer> operators(Graph graph) {
    Map<String, Integer> counts = new TreeMap<>();
    graph.nodes().forEach(n -> counts.merge(n.op().type(), 1, Integer::sum));
    return counts;
  }
}
