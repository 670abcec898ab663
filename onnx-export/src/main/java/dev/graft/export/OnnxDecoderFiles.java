package dev.graft.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import java.util.ArrayList;
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
  private static final long LARGEST_CONFIG_BYTES = 1 << 20;
  private static final String CONFIG_FILE = "config.json";

  private OnnxDecoderFiles() {}

  static BaseSource read(Path file, Path tokenizer) throws IOException {
    JsonNode config = config(file);
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
        OptionalInt.of(info.maxPositions()),
        tokenizer,
        side);
  }

  private static JsonNode config(Path model) throws IOException {
    Path file = model.resolveSibling(CONFIG_FILE);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(
          file.toString(),
          null,
          "put the checkpoint's config.json beside the model; it says where a text ends");
    }
    if (Files.size(file) > LARGEST_CONFIG_BYTES) {
      throw new BundleException(
          file, "%d bytes is too much for a configuration".formatted(Files.size(file)));
    }
    JsonNode config = new JsonMapper().readTree(Files.readAllBytes(file));
    if (!config.isObject()) {
      throw new BundleException(file, "is no JSON object");
    }
    return config;
  }

  private static DecoderInfo info(Path file, Graph graph, JsonNode config) {
    DecoderSignature signature = DecoderSignature.of(graph);
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
            .orElseGet(() -> config.path("vocab_size").asLong(-1));
    int positions =
        config.path("max_position_embeddings").asInt(config.path("n_positions").asInt(-1));
    if (vocabulary < 1 || positions < 1) {
      throw new IllegalArgumentException(
          "%s says %s, expected %s; take the config.json of the model's checkpoint"
              .formatted(
                  file.resolveSibling(CONFIG_FILE),
                  vocabulary < 1 ? "no size of the vocabulary" : "no length of the context",
                  vocabulary < 1 ? "vocab_size" : "max_position_embeddings or n_positions"));
    }
    return new DecoderInfo(
        config.path("model_type").asText("decoder"),
        signature.layers(),
        Math.toIntExact(heads.get(0)),
        Math.toIntExact(heads.get(1)),
        vocabulary,
        positions,
        ids(config.path("eos_token_id")),
        ids(config.path("bos_token_id")).stream().findFirst(),
        ids(config.path("pad_token_id")).stream().findFirst());
  }

  /** One number, several, or none. */
  private static List<Long> ids(JsonNode node) {
    List<Long> ids = new ArrayList<>();
    if (node.isIntegralNumber()) {
      ids.add(node.longValue());
    }
    node.forEach(item -> ids.add(item.longValue()));
    return ids;
  }
}
