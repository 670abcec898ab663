package dev.graft.onnx.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MiniLmRoundTripTest {
  private static final Map<String, Tensor> TEXT =
      Map.of(
          "input_ids", Tensor.longs(List.of(2L, 4L), 101, 7592, 2088, 102, 101, 2204, 102, 0),
          "attention_mask", Tensor.longs(List.of(2L, 4L), 1, 1, 1, 1, 1, 1, 1, 0),
          "token_type_ids", Tensor.longs(List.of(2L, 4L), 0, 0, 0, 0, 0, 0, 0, 0));

  private Path folder = Path.of("");
  private Path original = folder;
  private Model model = Model.of(new GraphBuilder("none").build());

  @BeforeAll
  void readTheModel(@TempDir Path temporary) throws Exception {
    folder = temporary;
    original = MiniLm.extract(folder);
    model = OnnxReader.read(original);
  }

  @Test
  void keepsWeightsInTheMappedFile() {
    long weights = 0;
    for (Tensor tensor : model.graph().initializers().values()) {
      assertTrue(tensor.data().bytes().isDirect() || tensor.data().sizeBytes() < 1024);
      weights += tensor.data().sizeBytes();
    }
    assertTrue(weights > 80_000_000, "found %d bytes".formatted(weights));
  }

  @Test
  void listsOnlyTheTrueInputs() {
    assertEquals(
        List.of("input_ids", "attention_mask", "token_type_ids"), model.graph().inputNames());
    assertEquals(11, model.opset());
  }

  @Test
  void givesTheSameResultsAfterWriting() throws Exception {
    Path copy = folder.resolve("copy.onnx");

    OnnxWriter.write(model, copy);

    assertSameResults(copy);
  }

  @Test
  void writesWhatItReadBackToTheSameBytes() throws Exception {
    Path first = folder.resolve("first.onnx");
    Path second = folder.resolve("second.onnx");
    OnnxWriter.write(model, first);

    OnnxWriter.write(OnnxReader.read(first), second);

    assertEquals(-1, Files.mismatch(first, second));
    assertArrayEquals(Files.readAllBytes(first), OnnxWriter.toBytes(model, folder));
  }

  @Test
  void givesTheSameResultsFromExternalData() throws Exception {
    Path split = Files.createDirectory(folder.resolve("split"));
    ExternalData.Written written =
        ExternalData.write(model.graph().initializers(), split.resolve("weights.bin"));
    Path file = split.resolve("model.onnx");

    OnnxWriter.write(model.withGraph(model.graph().withInitializers(written.tensors())), file);

    assertTrue(Files.size(file) < 1_000_000);
    assertSameResults(file);
    Tensor read = OnnxReader.read(file).graph().initializers().values().iterator().next();
    assertTrue(read.data() instanceof TensorData.FileRegion);
  }

  private void assertSameResults(Path other) throws Exception {
    Map<String, Tensor> expected = Ort.run(original, TEXT);
    Map<String, Tensor> found = Ort.run(other, TEXT);
    assertEquals(expected.keySet(), found.keySet());
    found.forEach((name, tensor) -> assertTrue(tensor.sameContent(required(expected, name)), name));
  }

  private static Tensor required(Map<String, Tensor> tensors, String name) {
    return java.util.Objects.requireNonNull(tensors.get(name), name);
  }
}
