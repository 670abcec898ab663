package dev.graft.store.archive;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.graft.files.Digests;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;

/**
 * Writes and reads the document of an archive. Nothing is guessed: fields that are unknown, missing
 * or given twice, and numbers in quotes, are refused.
 */
final class ArchiveJson {
  /** The most bytes of a document. */
  static final int MAX_BYTES = 64 << 20;

  /** The most characters of a text. */
  static final int MAX_TEXT = 1 << 14;

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(MAX_TEXT)
                          .maxNameLength(MAX_TEXT)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
          .addModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new TimeReader()))
          .build();

  private ArchiveJson() {}

  /** The document with its digest, as it is written. */
  static byte[] write(ArchivedTenant tenant) {
    return bytes(tenant.withDigest(digest(tenant)));
  }

  private static String digest(ArchivedTenant tenant) {
    return Digests.ofBytes(bytes(tenant.withDigest("")));
  }

  private static byte[] bytes(ArchivedTenant tenant) {
    try {
      return MAPPER.writeValueAsBytes(tenant);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an archive's document cannot be written as JSON", e);
    }
  }

  /**
   * Read {@link #write}.
   *
   * @throws IllegalArgumentException if it is anything else, or of another format; the message
   *     begins with the place
   */
  static ArchivedTenant read(byte[] bytes) {
    try {
      int format = formatVersion(bytes);
      if (format != ArchivedTenant.FORMAT_VERSION) {
        throw new IllegalArgumentException(
            "it has format %d, this Graft reads format %d"
                .formatted(format, ArchivedTenant.FORMAT_VERSION));
      }
      ArchivedTenant tenant = MAPPER.readValue(bytes, ArchivedTenant.class);
      String found = digest(tenant);
      if (!found.equals(tenant.digest())) {
        throw new IllegalArgumentException(
            "its content has digest %s, but it says %s: it was changed"
                .formatted(found, tenant.digest()));
      }
      return tenant;
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(
          "%s: %s".formatted(pointer(e), e.getOriginalMessage().lines().findFirst().orElse("")), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("it is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalStateException("memory could not be read", e);
    }
  }

  /** It comes first, so that it is found whatever a later format adds. */
  private static int formatVersion(byte[] bytes) throws IOException {
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT
          || !"formatVersion".equals(parser.nextFieldName())
          || parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
        throw new IllegalArgumentException("it does not begin with its formatVersion, a number");
      }
      return parser.getIntValue();
    }
  }

  private static String pointer(JsonMappingException e) {
    String path =
        e.getPath().stream()
            .map(part -> part.getFieldName() == null ? part.getIndex() : part.getFieldName())
            .map(Object::toString)
            .collect(Collectors.joining("/"));
    return "/" + path;
  }

  /** Times as the registry keeps them: UTC, whole milliseconds. */
  private static final class TimeReader extends FromStringDeserializer<Instant> {
    private static final long serialVersionUID = 1;

    TimeReader() {
      super(Instant.class);
    }

    @Override
    protected Instant _deserialize(String text, DeserializationContext context) throws IOException {
      try {
        Instant time = Instant.parse(text);
        if (!time.isBefore(Instant.EPOCH)
            && !time.isAfter(LATEST)
            && time.equals(time.truncatedTo(ChronoUnit.MILLIS))) {
          return time;
        }
      } catch (DateTimeException e) {
        return (Instant) context.handleWeirdStringValue(Instant.class, text, "it is no time");
      }
      return (Instant)
          context.handleWeirdStringValue(
              Instant.class, text, "expected whole milliseconds from 1970 to 9999");
    }
  }
}
