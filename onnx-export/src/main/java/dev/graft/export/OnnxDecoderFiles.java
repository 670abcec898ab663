package dev.graft.export;

import dev.graft.adapter.format.JsonFields;
import dev.graft.family.SpecialTokens;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A decoder that another program exported, in Optimum's layout: {@code model.onnx} with past keys
 * and values, and the checkpoint's {@code config.json} and {@code tokenizer.json} beside it.
 */
final class OnnxDecoderFiles {
  private static final String CONFIG_FILE = "config.json";
  private static final String GENERATION_CONFIG_FILE = "generation_config.json";

  private OnnxDecoderFiles() {}

  static BaseSource read(Path file, Path tokenizer) throws IOException {
    JsonFields config =
        fields(file, CONFIG_FILE)
            .orElseThrow(
                () ->
                    new NoSuchFileException(
                        file.resolveSibling(CONFIG_FILE).toString(),
                        null,
                        "put the checkpoint's config.json beside the model; it says where a text"
                            + " ends"));
    Model model = OnnxReader.read(file);
    Map<String, Path> side = new HashMap<>();
    for (String name : Bundle.SIDE_FILES) {
      Path beside = file.resolveSibling(name);
      if (Files.isRegularFile(beside)) {
        side.put(name, beside);
      }
    }
    DecoderInfo info = info(file, model.graph(), config);
    return new BaseSource(
        file.toString(),
        model,
        Optional.of(info),
        Optional.empty(),
        OptionalInt.of(info.maxPositions()),
        tokenizer,
        side);
  }

  private static Optional<JsonFields> fields(Path model, String name) throws IOException {
    Path file = model.resolveSibling(name);
    return Files.isRegularFile(file) ? Optional.of(JsonFields.of(file)) : Optional.empty();
  }

  private static DecoderInfo info(Path file, Graph graph, JsonFields config) throws IOException {
    int layers = DecoderSignature.layers(graph);
    List<Long> heads =
        DecoderSignature.heads(graph)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s: the heads of '%s' are not fixed numbers"
                            .formatted(file, DecoderSignature.pastKey(0))));
    long vocabulary =
        graph
            .shapeOf(DecoderSignature.LOGITS)
            .map(shape -> shape.dim(-1))
            .map(dim -> dim instanceof Dim.Fixed fixed ? fixed.size() : -1L)
            .filter(size -> size > 0)
            .orElse(config.integer("vocab_size").orElse(-1).longValue());
    int positions =
        config.integer("max_position_embeddings").orElse(config.integer("n_positions").orElse(-1));
    if (vocabulary < 1 || positions < 1) {
      throw new IllegalArgumentException(
          "%s says %s, expected %s; take the config.json of the model's checkpoint"
              .formatted(
                  file.resolveSibling(CONFIG_FILE),
                  vocabulary < 1 ? "no size of the vocabulary" : "no length of the context",
                  vocabulary < 1 ? "vocab_size" : "max_position_embeddings or n_positions"));
    }
    SpecialTokens tokens =
        SpecialTokens.read(config, fields(file, GENERATION_CONFIG_FILE), vocabulary);
    return new DecoderInfo(
        config.text("model_type").orElse("decoder"),
        layers,
        Math.toIntExact(heads.get(0)),
        Math.toIntExact(heads.get(1)),
        vocabulary,
        positions,
        tokens.ends(),
        tokens.begin(),
        tokens.fill());
  }
}
