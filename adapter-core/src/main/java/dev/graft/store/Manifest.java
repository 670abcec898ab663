package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.adapter.format.GraftJson;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.store.check.AdapterFacts;
import dev.graft.store.model.VersionFile;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The list of a version's files: JSON with its keys in one order and without spaces, so that equal
 * files have an equal manifest, and its digest is the identity of all of a version's bytes.
 */
final class Manifest {
  /** How the manifest is named among a version's files. */
  static final String FILE = "manifest.json";

  /** The files that a version may have. */
  static final List<String> FILES =
      List.of(PeftFormat.CONFIG_FILE, PeftFormat.TENSOR_FILE, GraftJson.FILE);

  private static final int FORMAT_VERSION = 1;
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Manifest() {}

  static byte[] write(String digest, AdapterFacts facts, List<VersionFile> files) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("formatVersion", FORMAT_VERSION);
    fields.put("digest", digest);
    fields.put("type", facts.type());
    fields.put("baseDigest", facts.baseDigest());
    fields.put("tokenizerDigest", facts.tokenizerDigest());
    fields.put(
        "files",
        files.stream()
            .sorted(Comparator.comparing(VersionFile::name))
            .map(
                file -> {
                  Map<String, Object> entry = new LinkedHashMap<>();
                  entry.put("name", file.name());
                  entry.put("sizeBytes", file.sizeBytes());
                  entry.put("sha256", file.digest());
                  return entry;
                })
            .toList());
    try {
      return MAPPER.writeValueAsBytes(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest cannot be written as JSON", e);
    }
  }

  /**
   * Whether the manifest's bytes list exactly these files.
   *
   * @param files the version's files but the manifest
   */
  static boolean lists(byte[] bytes, List<VersionFile> files) {
    try {
      JsonNode manifest = MAPPER.readTree(new String(bytes, StandardCharsets.UTF_8));
      JsonNode listed = manifest.path("files");
      return manifest.path("formatVersion").asInt() == FORMAT_VERSION
          && listed.size() == files.size()
          && files.stream().allMatch(file -> has(listed, file));
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static boolean has(JsonNode listed, VersionFile file) {
    for (JsonNode entry : listed) {
      if (entry.path("name").asText().equals(file.name())) {
        return entry.path("sizeBytes").asLong() == file.sizeBytes()
            && entry.path("sha256").asText().equals(file.digest());
      }
    }
    return false;
  }
}
