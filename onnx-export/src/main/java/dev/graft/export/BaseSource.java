package dev.graft.export;

import dev.graft.family.PretrainedModel;
import dev.graft.module.DecoderInfo;
import dev.graft.onnx.Model;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A pretrained model to export: its graph, what it is, and the files that go into the bundle with
 * it.
 *
 * @param name what messages call it
 * @param decoder what the decoder is; absent for an encoder
 * @param checkpoint the checkpoint that the model was made of; absent for an {@code .onnx} file
 * @param positions the most tokens of a text, where more than the graph says it
 * @param tokenizer its {@code tokenizer.json}
 * @param sideFiles further files by their name in the bundle, such as a chat template
 */
public record BaseSource(
    String name,
    Model model,
    Optional<DecoderInfo> decoder,
    Optional<PretrainedModel> checkpoint,
    OptionalInt positions,
    Path tokenizer,
    Map<String, Path> sideFiles) {
  public BaseSource {
    sideFiles = Map.copyOf(sideFiles);
  }
}
