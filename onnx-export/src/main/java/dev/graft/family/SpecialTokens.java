package dev.graft.family;

import dev.graft.adapter.format.JsonFields;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The tokens that begin, end and fill a text: what {@code generation_config.json} says, else what
 * {@code config.json} says.
 */
public record SpecialTokens(List<Long> ends, Optional<Long> begin, Optional<Long> fill) {
  public SpecialTokens {
    ends = List.copyOf(ends);
  }

  static SpecialTokens read(Checkpoint checkpoint, long vocabulary) throws IOException {
    return read(checkpoint.config(), checkpoint.generationConfig(), vocabulary);
  }

  /**
   * Reads them from the files of a checkpoint.
   *
   * @param config {@code config.json}
   * @param given {@code generation_config.json}, which counts where both name a token
   * @throws IOException if a token is no number, or beyond the vocabulary
   */
  public static SpecialTokens read(JsonFields config, Optional<JsonFields> given, long vocabulary)
      throws IOException {
    JsonFields generation = given.orElse(config);
    return new SpecialTokens(
        ids(generation, config, "eos_token_id", vocabulary),
        ids(generation, config, "bos_token_id", vocabulary).stream().findFirst(),
        ids(generation, config, "pad_token_id", vocabulary).stream().findFirst());
  }

  private static List<Long> ids(
      JsonFields generation, JsonFields config, String field, long vocabulary) throws IOException {
    JsonFields from = generation.value(field).isPresent() ? generation : config;
    List<Long> ids = ModelConfig.tokenIds(from, field);
    for (long id : ids) {
      if (id >= vocabulary) {
        throw new CheckpointException(
            from.path(),
            "field '%s' is %d, and the vocabulary has %d tokens; the file is of another model"
                .formatted(field, id, vocabulary));
      }
    }
    return ids;
  }
}
