package dev.graft.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.format.TensorDtype;
import dev.graft.family.PretrainedModel;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import dev.graft.onnx.io.ExternalData;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredWeightsTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void widensHalvesWhileTheyAreWritten(TensorDtype stored) throws IOException {
    Path wide = TinyCheckpoints.of("llama").write(folder.resolve("wide"));
    Path half = TinyCheckpoints.of("llama").stored(stored).shards(2).write(folder.resolve("half"));
    Map<String, Tensor> exact = PretrainedModel.read(wide).model().graph().initializers();
    Model model = PretrainedModel.read(half).model();
    Tensor embedding = require(model.graph().initializers(), EMBEDDING);
    assertTrue(embedding.data() instanceof TensorData.Widened);

    Path target = Files.createDirectory(folder.resolve("onnx"));
    Map<String, Tensor> written =
        ExternalData.write(model.graph().initializers(), target.resolve("weights.bin")).tensors();
    OnnxWriter.write(
        model.withGraph(model.graph().withInitializers(written)), target.resolve("model.onnx"));
    Map<String, Tensor> read = OnnxReader.read(target.resolve("model.onnx")).graph().initializers();

    double precision = stored == TensorDtype.F16 ? 0x1p-11 : 0x1p-8;
    assertEquals(exact.keySet(), read.keySet());
    exact.forEach((name, tensor) -> assertNear(tensor, require(read, name), precision));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void widensHalvesThatStayInTheModelFile(TensorDtype stored) throws IOException {
    Path half = TinyCheckpoints.of("llama").stored(stored).write(folder.resolve("half"));
    Model model = PretrainedModel.read(half).model();
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(model, file);

    Tensor read = require(OnnxReader.read(file).graph().initializers(), EMBEDDING);
    assertTrue(read.sameContent(require(model.graph().initializers(), EMBEDDING)));
  }

  private static Tensor require(Map<String, Tensor> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  private static void assertNear(Tensor exact, Tensor rounded, double precision) {
    assertEquals(exact.dims(), rounded.dims());
    double[] a = exact.toDoubles();
    double[] b = rounded.toDoubles();
    for (int i = 0; i < a.length; i++) {
      assertEquals(a[i], b[i], Math.abs(a[i]) * precision + 1e-7);
    }
  }
}
