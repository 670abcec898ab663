package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.graft.adapter.NearestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A YAML (or JSON) file with values for options, one key for each, named like the option without
 * its dashes: {@code max-steps: 200}. A list is the same as its items joined by commas.
 *
 * @param path where it was read, as the user wrote it
 * @param values text of each value by key
 */
record ConfigFile(String path, Map<String, String> values) {
  static final ConfigFile NONE = new ConfigFile("", Map.of());
  private static final String FIX =
      "see 'graft train --help' for the keys: every option without its dashes";

  static ConfigFile read(String path) {
    Path file = Path.of(path);
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "cannot read the configuration",
          "there is no file '%s'".formatted(path),
          "check the path after --config (or in GRAFT_CONFIG)");
    }
    try {
      ObjectMapper yaml =
          new ObjectMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());
      JsonNode root = yaml.readTree(Files.readString(file));
      if (root == null || root.isMissingNode() || root.isNull()) {
        return new ConfigFile(path, Map.of());
      }
      if (!root.isObject()) {
        throw invalid(path, "it holds %s, not 'key: value' lines".formatted(kind(root)));
      }
      Map<String, String> values = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        values.put(entry.getKey(), text(path, entry.getKey(), entry.getValue()));
      }
      return new ConfigFile(path, values);
    } catch (JsonProcessingException e) {
      String place =
          e.getLocation() == null ? "" : "line %d: ".formatted(e.getLocation().getLineNr());
      throw invalid(path, place + firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw invalid(path, "it is not UTF-8 text (%s)".formatted(e.getMessage()));
    }
  }

  private static String text(String path, String key, JsonNode value) {
    if (value.isNull()) {
      throw invalid(path, "key '%s' has no value".formatted(key));
    }
    if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(scalar(path, key, item)));
      return String.join(",", items);
    }
    if (value.isObject()) {
      List<String> items = new ArrayList<>();
      value
          .properties()
          .forEach(e -> items.add(e.getKey() + "=" + scalar(path, key, e.getValue())));
      return String.join(",", items);
    }
    return value.asText();
  }

  private static String scalar(String path, String key, JsonNode value) {
    if (!value.isValueNode() || value.isNull()) {
      throw invalid(path, "key '%s' nests %s too deep".formatted(key, kind(value)));
    }
    return value.asText();
  }

  private static String kind(JsonNode node) {
    return node.isArray() ? "a list" : node.isObject() ? "a map" : "a single value";
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static CommandFailure invalid(String path, String why) {
    return new CommandFailure(
        ExitCode.INVALID, "cannot use the configuration '%s'".formatted(path), why, FIX);
  }

  /** Refuses keys that are no option of the command. */
  void checkKeys(CommandSpec command) {
    List<String> known =
        command.options().stream()
            .filter(LayeredDefaults::isConfigurable)
            .map(LayeredDefaults::key)
            .filter(key -> !key.equals("config"))
            .toList();
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        String hint = NearestNames.suggestion(key, known);
        throw new CommandFailure(
            ExitCode.INVALID,
            "cannot use the configuration '%s'".formatted(path),
            "it has a key '%s', which is no option of 'graft %s'".formatted(key, command.name()),
            hint.isEmpty() ? FIX : hint);
      }
    }
  }
}
