package dev.graft.adapter.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Parses and checks the JSON header of a safetensors file; see {@link Safetensors} for the rules.
 */
final class SafetensorsHeader {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final String METADATA = "__metadata__";

  private final Path path;
  private final long dataStart;
  private final long dataLength;
  private final SortedMap<String, SafetensorsEntry> entries = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>();

  private SafetensorsHeader(Path path, long dataStart, long dataLength) {
    this.path = path;
    this.dataStart = dataStart;
    this.dataLength = dataLength;
  }

  /**
   * Parse {@code bytes}; the tensors must fill the {@code dataLength} bytes that begin at {@code
   * dataStart}.
   */
  static SafetensorsHeader parse(Path path, byte[] bytes, long dataStart, long dataLength)
      throws IOException {
    SafetensorsHeader header = new SafetensorsHeader(path, dataStart, dataLength);
    if (bytes.length == 0 || bytes[0] != '{') {
      throw new AdapterFormatException(
          path, "byte 8", "the header does not begin with '{', so this is no safetensors file");
    }
    header.requireUtf8(bytes);
    try (JsonParser parser = JSON.createParser(bytes)) {
      header.readTop(parser);
    } catch (JsonProcessingException e) {
      throw new AdapterFormatException(
          path,
          "byte "
              + (8 + Math.max(0, e.getLocation() == null ? 0 : e.getLocation().getByteOffset())),
          "the header is not valid JSON: " + e.getOriginalMessage(),
          e);
    }
    header.requireNoGaps();
    return header;
  }

  SortedMap<String, SafetensorsEntry> entries() {
    return entries;
  }

  SortedMap<String, String> metadata() {
    return metadata;
  }

  private void requireUtf8(byte[] bytes) throws AdapterFormatException {
    // Jackson guesses UTF-16 and UTF-32 from the first bytes and lets some malformed sequences
    // pass.
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw new AdapterFormatException(path, "byte 8", "the header is not valid UTF-8", e);
    }
  }

  private void readTop(JsonParser parser) throws IOException {
    // The object that the first byte begins.
    parser.nextToken();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (name.equals(METADATA)) {
        readMetadata(parser);
      } else {
        entries.put(name, readEntry(parser, name));
      }
    }
    if (parser.nextToken() != null) {
      throw new AdapterFormatException(
          path,
          "byte " + (8 + parser.currentTokenLocation().getByteOffset()),
          "the header goes on after its JSON object; only spaces may follow");
    }
  }

  private void readMetadata(JsonParser parser) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, METADATA, "an object of strings");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, METADATA + "/" + key, "a string");
      metadata.put(key, parser.getText());
    }
  }

  private SafetensorsEntry readEntry(JsonParser parser, String name) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, name, "an object");
    TensorDtype dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> dtype = readDtype(parser, name);
        case "shape" -> shape = readSizes(parser, name + "/shape");
        case "data_offsets" -> offsets = readSizes(parser, name + "/data_offsets");
        default ->
            throw new AdapterFormatException(
                path,
                pointer(name),
                "unknown field \"%s\"; a tensor has dtype, shape and data_offsets"
                    .formatted(field));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw new AdapterFormatException(
          path,
          pointer(name),
          "a tensor needs dtype, shape and data_offsets, found not all of them");
    }
    return checkedEntry(name, dtype, shape, offsets);
  }

  private TensorDtype readDtype(JsonParser parser, String name) throws IOException {
    expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, name + "/dtype", "a string");
    String dtype = parser.getText();
    return TensorDtype.named(dtype)
        .orElseThrow(
            () ->
                new AdapterFormatException(
                    path,
                    pointer(name + "/dtype"),
                    "unknown dtype \"%s\", expected one of %s"
                        .formatted(dtype, List.of(TensorDtype.values()))));
  }

  private List<Long> readSizes(JsonParser parser, String where) throws IOException {
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, where, "an array of numbers");
    List<Long> sizes = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, where, "a whole number");
      if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw new AdapterFormatException(
            path, pointer(where), "%s is not in 0..2^63-1".formatted(parser.getText()));
      }
      sizes.add(parser.getLongValue());
    }
    return sizes;
  }

  private SafetensorsEntry checkedEntry(
      String name, TensorDtype dtype, List<Long> shape, List<Long> offsets)
      throws AdapterFormatException {
    if (offsets.size() != 2) {
      throw new AdapterFormatException(
          path,
          pointer(name + "/data_offsets"),
          "expected [begin, end], found %d numbers".formatted(offsets.size()));
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end || end > dataLength) {
      throw new AdapterFormatException(
          path,
          pointer(name + "/data_offsets"),
          "[%d, %d] does not lie in the file's %d bytes of data".formatted(begin, end, dataLength));
    }
    long expected = lengthOf(name, dtype, shape);
    if (end - begin != expected) {
      throw new AdapterFormatException(
          path,
          pointer(name + "/data_offsets"),
          "%d bytes given, but %s %s takes %d".formatted(end - begin, dtype, shape, expected));
    }
    return new SafetensorsEntry(name, dtype, shape, dataStart + begin, expected);
  }

  private long lengthOf(String name, TensorDtype dtype, List<Long> shape)
      throws AdapterFormatException {
    try {
      long length = dtype.sizeBytes();
      for (long dim : shape) {
        length = Math.multiplyExact(length, dim);
      }
      return length;
    } catch (ArithmeticException e) {
      throw new AdapterFormatException(
          path, pointer(name + "/shape"), "the product of %s overflows".formatted(shape), e);
    }
  }

  private void requireNoGaps() throws AdapterFormatException {
    List<SafetensorsEntry> inOrder =
        entries.values().stream()
            .sorted(
                Comparator.comparingLong(SafetensorsEntry::offset)
                    .thenComparingLong(SafetensorsEntry::lengthBytes))
            .toList();
    long expected = dataStart;
    for (SafetensorsEntry entry : inOrder) {
      if (entry.offset() != expected) {
        throw new AdapterFormatException(
            path,
            pointer(entry.name() + "/data_offsets"),
            "%s: begins at byte %d of the data, expected %d"
                .formatted(
                    entry.offset() < expected ? "overlaps another tensor" : "leaves a hole",
                    entry.offset() - dataStart,
                    expected - dataStart));
      }
      expected += entry.lengthBytes();
    }
    if (expected != dataStart + dataLength) {
      throw new AdapterFormatException(
          path,
          "byte " + expected,
          "%d bytes follow the last tensor; the file must end there"
              .formatted(dataStart + dataLength - expected));
    }
  }

  private void expect(
      JsonParser parser, JsonToken found, JsonToken expected, String where, String what)
      throws IOException {
    if (found != expected) {
      throw new AdapterFormatException(
          path, pointer(where), "expected %s, found %s".formatted(what, describe(parser, found)));
    }
  }

  private static String describe(JsonParser parser, JsonToken token) throws IOException {
    return token.isScalarValue() ? parser.getText() : token.asString();
  }

  private static String pointer(String where) {
    return "/" + where;
  }
}
