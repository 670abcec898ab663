package dev.graft.export;

import dev.graft.module.DecoderInfo;
import dev.graft.onnx.Model;
import java.nio.file.Path;
import java.util.Map;

/**
 * A decoder to export: its graph, what it is, and the files that go into the bundle with it.
 *
 * @param name what messages call it
 * @param tokenizer its {@code tokenizer.json}
 * @param sideFiles further files by their name in the bundle, such as a chat template
 */
public record DecoderSource(
    String name, Model model, DecoderInfo info, Path tokenizer, Map<String, Path> sideFiles) {
  public DecoderSource {
    sideFiles = Map.copyOf(sideFiles);
  }
}
