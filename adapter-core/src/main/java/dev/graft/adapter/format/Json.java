package dev.graft.adapter.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.files.AtomicFiles;
import dev.graft.files.Presence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * JSON files beside the weights: read strictly, written as Python's {@code json.dumps(indent=2)}
 * does.
 */
final class Json {
  /** More than any real configuration, little enough to read at once. */
  private static final long MAX_BYTES = 64L << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  private static final ObjectWriter WRITER = MAPPER.writer(pythonStyle());

  private Json() {}

  private static DefaultPrettyPrinter pythonStyle() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    return new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator(""))
        .withObjectIndenter(indenter)
        .withArrayIndenter(indenter);
  }

  static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  static JsonNode toNode(Object value) {
    return MAPPER.valueToTree(value);
  }

  static ObjectNode read(Path path) throws IOException {
    if (!Presence.ofFile(path)) {
      throw new AdapterFormatException(path, "", "missing, or not a regular file");
    }
    long size = Files.size(path);
    if (size > MAX_BYTES) {
      throw new AdapterFormatException(
          path, "", "%d bytes are more than the %d that are read".formatted(size, MAX_BYTES));
    }
    try {
      JsonNode node = MAPPER.readTree(Files.readAllBytes(path));
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new AdapterFormatException(path, "", "expected a JSON object");
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : "line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new AdapterFormatException(path, where, "not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  static void write(Path path, ObjectNode object) throws IOException {
    byte[] bytes = (WRITER.writeValueAsString(object) + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(path, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
  }
}
