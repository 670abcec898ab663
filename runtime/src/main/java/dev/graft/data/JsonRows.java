package dev.graft.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.text.NearestNames;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The rows of a file with one JSON object a line. */
final class JsonRows implements Closeable {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // A label 0.10 stays "0.10".
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build()
          .readerFor(JsonNode.class);

  private final Path file;
  private final Utf8Lines lines;

  JsonRows(Path file) throws IOException {
    this.file = file;
    this.lines = new Utf8Lines(file);
  }

  /** The next row, blank lines skipped; empty at the end. */
  Optional<ObjectNode> next() throws IOException {
    String line = lines.next();
    while (line != null && line.isBlank()) {
      line = lines.next();
    }
    return line == null ? Optional.empty() : Optional.of(object(line));
  }

  private ObjectNode object(String line) throws DataException {
    try {
      JsonNode node = JSON.readTree(line);
      if (node instanceof ObjectNode object) {
        return object;
      }
      String remedy = node.isArray() ? "; write the array's elements one a line" : "";
      throw problem("row is a JSON %s, expected an object%s".formatted(kind(node), remedy));
    } catch (JsonProcessingException e) {
      String remedy =
          line.strip().startsWith("[") ? "; a JSON array must be written one element a line" : "";
      throw DataException.at(
          file,
          lines.line(),
          "broken JSON at column %d: %s%s"
              .formatted(
                  e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
                  e.getOriginalMessage(),
                  remedy),
          e);
    }
  }

  /** The line of the row read last, from 1. */
  long line() {
    return lines.line();
  }

  /** A member that must be there. */
  JsonNode require(ObjectNode row, String name) throws DataException {
    JsonNode value = row.get(name);
    if (value == null) {
      List<String> names = names(row);
      throw problem(
          "row has no \"%s\", it has %s%s"
              .formatted(name, NearestNames.list(names), NearestNames.hint(name, names)));
    }
    return value;
  }

  /** A member that must be there and be a string; null reads as an empty one. */
  String text(ObjectNode row, String name) throws DataException {
    JsonNode text = require(row, name);
    if (!text.isTextual() && !text.isNull()) {
      throw problem("\"%s\" is a JSON %s, expected a string".formatted(name, kind(text)));
    }
    return text.isNull() ? "" : text.asText();
  }

  /** A member that may be there, as it is written in the file. */
  Optional<String> scalar(ObjectNode row, String name) throws DataException {
    JsonNode value = row.get(name);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isValueNode()) {
      throw problem(
          "\"%s\" is a JSON %s, expected a string, number or boolean".formatted(name, kind(value)));
    }
    return Optional.of(value.asText()).filter(label -> !label.isBlank());
  }

  static List<String> names(ObjectNode row) {
    List<String> names = new ArrayList<>();
    row.fieldNames().forEachRemaining(names::add);
    return names;
  }

  DataException problem(String what) {
    return DataException.at(file, lines.line(), what);
  }

  static String kind(JsonNode node) {
    return node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
