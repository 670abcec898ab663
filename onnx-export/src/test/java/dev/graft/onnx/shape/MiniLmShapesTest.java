package dev.graft.onnx.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Dim;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.io.MiniLm;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.opset.OpsetConversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniLmShapesTest {
  @Test
  void typesEveryValueOfTheRealModel(@TempDir Path folder) throws IOException {
    Graph raw = OpsetConversion.toTarget(OnnxReader.read(MiniLm.extract(folder))).graph();
    Graph graph = ShapeInference.infer(raw.withValueTypes(java.util.Map.of()));
    Set<String> symbols = new TreeSet<>();
    for (Node node : graph.nodes()) {
      Shape shape = graph.shapeOf(node.output(0)).orElseThrow();
      for (Dim dim : shape.dims()) {
        assertTrue(!(dim instanceof Dim.Unknown), node.describe());
        if (dim instanceof Dim.Symbol s) {
          symbols.add(s.name());
        }
      }
    }
    assertEquals(Set.of("batch_size", "sequence_length", "min(512, sequence_length)"), symbols);
    assertEquals(
        "[batch_size,sequence_length,384]",
        graph.shapeOf("/encoder/layer.4/output/LayerNorm/Add_1_output_0").orElseThrow().toString());
    assertEquals(
        "[batch_size,12,32,sequence_length]",
        graph
            .shapeOf("/encoder/layer.3/attention/self/Transpose_2_output_0")
            .orElseThrow()
            .toString());
  }
}
