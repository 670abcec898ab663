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
record SpecialTokens(List<Long> ends, Optional<Long> begin, Optional<Long> fill) {
  SpecialTokens {
    ends = List.copyOf(ends);
  }

  static SpecialTokens read(Checkpoint checkpoint, long vocabulary) throws IOException {
    JsonFields config = checkpoint.config();
    JsonFields generation = checkpoint.generationConfig().orElse(config);
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
