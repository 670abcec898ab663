package dev.graft.data.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where a model's folder has its chat templates. */
final class TemplateFiles {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MOST_BYTES = 64 << 20;

  private TemplateFiles() {}

  /** The templates by name, one of them {@code default}; none if the folder has none. */
  static Map<String, String> read(Path folder) throws IOException {
    Path jinja = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(jinja)) {
      return Map.of("default", Files.readString(limited(jinja)));
    }
    Path config = folder.resolve("tokenizer_config.json");
    return Files.isRegularFile(config)
        ? configured(config, parse(limited(config)).path("chat_template"))
        : Map.of();
  }

  private static Map<String, String> configured(Path config, JsonNode node) throws IOException {
    if (node.isMissingNode() || node.isNull()) {
      return Map.of();
    }
    if (node.isTextual()) {
      return Map.of("default", node.asText());
    }
    Map<String, String> named = new LinkedHashMap<>();
    for (JsonNode entry : node) {
      if (!entry.path("name").isTextual() || !entry.path("template").isTextual()) {
        throw new IOException(
            "%s: \"chat_template\" is neither a string nor a list of objects with \"name\" and \"template\""
                .formatted(config));
      }
      named.put(entry.path("name").asText(), entry.path("template").asText());
    }
    if (!named.containsKey("default")) {
      throw new IOException(
          "%s: \"chat_template\" has templates %s, expected one named \"default\""
              .formatted(config, named.keySet()));
    }
    return named;
  }

  private static JsonNode parse(Path file) throws IOException {
    try {
      return JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new IOException("%s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  private static Path limited(Path file) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException(
          "%s has %d bytes, expected at most %d".formatted(file, Files.size(file), MOST_BYTES));
    }
    return file;
  }
}
