package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.export.Bundle;
import dev.graft.generate.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a model's {@code generation_config.json} says of how its tokens are chosen, read as Hugging
 * Face Transformers does: greedy unless it says {@code do_sample}.
 */
final class ModelSampling {
  private static final String FILE = "generation_config.json";
  private static final long MOST_BYTES = 1 << 20;

  private ModelSampling() {}

  /**
   * The model's own settings, with seed 0.
   *
   * @throws CommandFailure if the file says what cannot be
   */
  static Sampling of(Bundle bundle) throws IOException {
    if (!bundle.manifest().files().containsKey(FILE)) {
      return Sampling.greedy();
    }
    Path file = bundle.directory().resolve(FILE);
    JsonNode config = read(file);
    try {
      Sampling greedy =
          Sampling.greedy().withRepetitionPenalty(number(config, "repetition_penalty", 1));
      return config.path("do_sample").asBoolean(false)
          ? greedy
              .withTemperature(number(config, "temperature", 1))
              .withTopK((int) number(config, "top_k", 0))
              .withTopP(number(config, "top_p", 1))
              .withMinP(number(config, "min_p", 0))
          : greedy;
    } catch (IllegalArgumentException e) {
      throw broken(file, String.valueOf(e.getMessage()));
    }
  }

  private static JsonNode read(Path file) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw broken(file, "it has more than %d bytes".formatted(MOST_BYTES));
    }
    try {
      return new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw broken(file, "it is not JSON: " + e.getOriginalMessage());
    }
  }

  private static double number(JsonNode config, String name, double otherwise) {
    JsonNode value = config.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw new IllegalArgumentException("\"%s\" is %s, expected a number".formatted(name, value));
    }
    return value.asDouble();
  }

  private static CommandFailure broken(Path file, String why) {
    return new CommandFailure(
        ExitCode.INVALID,
        "cannot use '%s'".formatted(file),
        why,
        "correct the file in the checkpoint and export the model again");
  }
}
