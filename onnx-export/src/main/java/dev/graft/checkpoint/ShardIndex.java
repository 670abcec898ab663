package dev.graft.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.format.JsonFields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code model.safetensors.index.json}: which file holds which tensor.
 *
 * <p>{@code {"metadata": {…}, "weight_map": {tensor: file, …}}}
 */
final class ShardIndex {
  private static final String MAP = "weight_map";
  private static final String ENDING = ".safetensors";

  private ShardIndex() {}

  /** File names by tensor name. */
  static SortedMap<String, String> read(Path file) throws IOException {
    JsonFields fields = JsonFields.of(file);
    SortedMap<String, String> shards = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : fields.object(MAP).properties()) {
      String shard = entry.getValue().textValue();
      if (shard == null || !shard.endsWith(ENDING)) {
        throw new CheckpointException(
            file,
            "tensor '%s' is said to be in %s; expected the name of a %s file"
                .formatted(entry.getKey(), entry.getValue(), ENDING));
      }
      shards.put(entry.getKey(), shard);
    }
    if (shards.isEmpty()) {
      throw new CheckpointException(file, "has no %s; download the index again".formatted(MAP));
    }
    return shards;
  }
}
