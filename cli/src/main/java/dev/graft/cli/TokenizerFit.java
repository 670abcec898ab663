package dev.graft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.export.Bundle;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Whether a tokenizer can be used with a model at all. */
final class TokenizerFit {
  private static final String TOKEN_INPUT = "input_ids";

  private TokenizerFit() {}

  /**
   * Opens the tokenizer and compares its largest token with the model's table of embeddings. A
   * tokenizer that is missing is left to the export to report.
   */
  static void check(Path model, Optional<Path> tokenizer) throws IOException {
    Path file = tokenizer.orElseGet(() -> model.resolveSibling(Bundle.TOKENIZER_FILE));
    if (!Files.isRegularFile(file)) {
      return;
    }
    TextTokenizer.open(file).close();
    OptionalLong rows = embeddingRows(OnnxReader.read(model).graph());
    OptionalLong largest = largestToken(file);
    if (rows.isPresent() && largest.isPresent() && largest.getAsLong() >= rows.getAsLong()) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot export '%s' with the tokenizer '%s'".formatted(model, file),
          "the tokenizer has a token %d, the model has embeddings for tokens below %d"
              .formatted(largest.getAsLong(), rows.getAsLong()),
          "give the tokenizer.json that belongs to this model with --tokenizer");
    }
  }

  private static OptionalLong embeddingRows(Graph graph) {
    for (Node node : graph.nodes()) {
      if (node.is("Gather") && node.input(1).equals(TOKEN_INPUT)) {
        Tensor table = graph.initializers().get(node.input(0));
        if (table != null && table.dims().size() == 2) {
          return OptionalLong.of(table.dims().get(0));
        }
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong largestToken(Path file) throws IOException {
    JsonNode vocabulary = new ObjectMapper().readTree(file.toFile()).path("model").path("vocab");
    if (vocabulary.isArray()) {
      return OptionalLong.of(vocabulary.size() - 1L);
    }
    long largest = -1;
    for (JsonNode id : vocabulary) {
      largest = Math.max(largest, id.asLong());
    }
    return largest < 0 ? OptionalLong.empty() : OptionalLong.of(largest);
  }
}
