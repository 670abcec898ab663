package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.model.StoreFormatException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code store.json} says: JSON with {@code formatVersion} and {@code storeId}. In a directory
 * whose blobs are elsewhere, the version is 2 and {@code blobs} says where: a Graft that does not
 * know such registries refuses them.
 *
 * @param id the name of the registry
 * @param blobs the URL of the blobs; empty where they are beside the file
 */
record StoreFile(String id, Optional<String> blobs) {
  private static final int BLOBS_BESIDE = 1;
  private static final int BLOBS_ELSEWHERE = 2;
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** The content of the file. */
  byte[] json() {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("formatVersion", blobs.isPresent() ? BLOBS_ELSEWHERE : BLOBS_BESIDE);
    json.put("storeId", id);
    blobs.ifPresent(url -> json.put("blobs", url));
    return (json + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Read the content of a file.
   *
   * @param where for messages
   */
  static StoreFile parse(byte[] content, String where) throws StoreFormatException {
    JsonNode json;
    try {
      json = MAPPER.readTree(new String(content, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw bad(where, "it is not JSON", e);
    }
    int format = json.path("formatVersion").asInt(0);
    if (format > BLOBS_ELSEWHERE) {
      throw new StoreFormatException(
          "%s has format %d, this Graft reads formats up to %d; use a newer Graft"
              .formatted(where, format, BLOBS_ELSEWHERE));
    }
    String id = json.path("storeId").asText("");
    String blobs = json.path("blobs").asText("");
    boolean placeless = format == BLOBS_ELSEWHERE && blobs.isEmpty();
    if (format < BLOBS_BESIDE || id.isEmpty() || placeless) {
      throw bad(where, "formatVersion, storeId or blobs is missing", null);
    }
    return new StoreFile(id, Optional.of(blobs).filter(url -> !url.isEmpty()));
  }

  /** A file that cannot be read as one. */
  static StoreFormatException bad(String where, String problem, @Nullable Exception cause) {
    return new StoreFormatException(
        "%s does not describe a registry: %s; restore it from a backup".formatted(where, problem),
        cause);
  }
}
