package dev.graft.pretrained;

import dev.graft.family.PretrainedModel;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.ExternalData;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes checkpoints as plain ONNX models; a process of its own for measurements. */
final class PlainExport {
  static final String MODEL = "model.onnx";
  static final String WEIGHTS = "weights.bin";

  private PlainExport() {}

  /** Writes {@code model.onnx} and {@code weights.bin} into a folder. */
  static void write(Path checkpoint, Path folder) throws IOException {
    Files.createDirectories(folder);
    Model model = PretrainedModel.read(checkpoint).model();
    Map<String, Tensor> stored =
        ExternalData.write(model.graph().initializers(), folder.resolve(WEIGHTS)).tensors();
    OnnxWriter.write(
        model.withGraph(model.graph().withInitializers(stored)), folder.resolve(MODEL));
  }

  public static void main(String[] arguments) throws IOException {
    write(Path.of(arguments[0]), Path.of(arguments[1]));
  }
}
