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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One JSON object a line. */
final class JsonLinesReader implements ExampleReader {
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
  private final Columns columns;
  private final Utf8Lines lines;

  JsonLinesReader(Path file, Columns columns) throws IOException {
    this.file = file;
    this.columns = columns;
    this.lines = new Utf8Lines(file);
  }

  @Override
  public Optional<Example> next() throws IOException {
    String line = lines.next();
    while (line != null && line.isBlank()) {
      line = lines.next();
    }
    return line == null ? Optional.empty() : Optional.of(example(object(line)));
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

  private Example example(ObjectNode row) throws DataException {
    JsonNode text = row.get(columns.text());
    if (text == null) {
      List<String> names = new ArrayList<>();
      row.fieldNames().forEachRemaining(names::add);
      throw problem(
          "row has no \"%s\", it has %s%s"
              .formatted(
                  columns.text(),
                  NearestNames.list(names),
                  NearestNames.hint(columns.text(), names)));
    }
    if (!text.isTextual() && !text.isNull()) {
      throw problem("\"%s\" is a JSON %s, expected a string".formatted(columns.text(), kind(text)));
    }
    return new Example(
        text.isNull() ? "" : text.asText(),
        scalar(row, columns.label()),
        lines.line(),
        scalar(row, columns.adapter()));
  }

  private Optional<String> scalar(ObjectNode row, String name) throws DataException {
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

  private DataException problem(String what) {
    return DataException.at(file, lines.line(), what);
  }

  private static String kind(JsonNode node) {
    return node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
