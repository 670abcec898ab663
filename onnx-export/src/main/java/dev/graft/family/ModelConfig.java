package dev.graft.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.NearestNames;
import dev.graft.adapter.format.JsonFields;
import dev.graft.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of {@code config.json}, each asked for by the family that knows what it means. What
 * nobody asked for is refused by {@link #finish}, unless it is switched off.
 */
final class ModelConfig {
  /** Above any real one, and four times as much still is an int. */
  private static final int LARGEST_SIZE = 1 << 28;

  private final JsonFields fields;
  private final Set<String> asked = new TreeSet<>();

  ModelConfig(JsonFields fields) {
    this.fields = fields;
  }

  JsonFields fields() {
    return fields;
  }

  String text(String field, String whenMissing) throws CheckpointException {
    asked.add(field);
    Optional<JsonNode> value = fields.value(field);
    if (value.isPresent() && !value.get().isTextual()) {
      throw refuse(field, value.get(), "a text");
    }
    return value.map(JsonNode::textValue).orElse(whenMissing);
  }

  /** The items of a list. */
  List<JsonNode> items(String field) {
    asked.add(field);
    return fields.items(field);
  }

  boolean flag(String field, boolean whenMissing) throws CheckpointException {
    asked.add(field);
    Optional<JsonNode> value = fields.value(field);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw refuse(field, value.get(), "true or false");
    }
    return value.map(JsonNode::booleanValue).orElse(whenMissing);
  }

  /** A size that has to be there. */
  int size(String field) throws CheckpointException {
    Optional<Integer> size = optionalSize(field);
    if (size.isEmpty()) {
      throw new CheckpointException(
          fields.path(), "has no field '%s', which its family needs".formatted(field));
    }
    return size.get();
  }

  int size(String field, int whenMissing) throws CheckpointException {
    return optionalSize(field).orElse(whenMissing);
  }

  Optional<Integer> optionalSize(String field) throws CheckpointException {
    asked.add(field);
    Optional<JsonNode> value = fields.value(field);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    int size = value.get().isInt() ? value.get().intValue() : 0;
    if (size < 1 || size > LARGEST_SIZE) {
      throw refuse(field, value.get(), "a whole number from 1 to %d".formatted(LARGEST_SIZE));
    }
    return Optional.of(size);
  }

  /** A finite number above zero. */
  double positive(String field, double whenMissing) throws CheckpointException {
    asked.add(field);
    Optional<JsonNode> value = fields.value(field);
    double number = value.map(JsonNode::doubleValue).orElse(whenMissing);
    if (!(number > 0) || !Double.isFinite((float) number)) {
      throw refuse(field, value.map(JsonNode::toString).orElse("missing"), "a number above 0");
    }
    return number;
  }

  /** Ids of tokens: one number or a list of them; negative ones mean none. */
  static List<Long> tokenIds(JsonFields fields, String field) throws IOException {
    List<Long> ids = new ArrayList<>();
    for (JsonNode item : fields.items(field)) {
      if (!item.isIntegralNumber() || !item.canConvertToLong()) {
        throw fields.bad(field, "expected the id of a token, found " + item);
      }
      if (item.longValue() >= 0) {
        ids.add(item.longValue());
      }
    }
    return ids;
  }

  /** Refuses a field whose value is another than the one that is supported. */
  void require(String field, Object supported) throws CheckpointException {
    asked.add(field);
    Optional<JsonNode> value = fields.value(field);
    boolean same =
        value.isEmpty()
            || (supported instanceof Number n
                ? value.get().isNumber() && value.get().doubleValue() == n.doubleValue()
                : value.get().asText().equals(supported.toString()));
    if (!same) {
      throw refuse(field, value.get(), "%s, the only value that is supported".formatted(supported));
    }
  }

  /** Marks fields as known to change nothing here. */
  void ignore(Set<String> names) {
    asked.addAll(names);
    names.forEach(fields::value);
  }

  /** Refuses what nobody asked for. Call it last. */
  void finish(String family) throws CheckpointException {
    for (Map.Entry<String, JsonNode> entry : fields.unread().properties()) {
      if (!JsonFields.isOff(entry.getValue())) {
        throw new CheckpointException(
            fields.path(),
            "field '%s' is %s, and family '%s' has no such field; %s"
                .formatted(
                    entry.getKey(), shortened(entry.getValue()), family, hint(entry.getKey())));
      }
    }
  }

  private String hint(String field) {
    String near = NearestNames.suggestion(field, asked);
    return near.isEmpty() ? "remove it if it changes nothing about the model's outputs" : near;
  }

  CheckpointException refuse(String field, Object found, String expected) {
    return new CheckpointException(
        fields.path(),
        "field '%s' is %s; expected %s".formatted(field, shortened(found), expected));
  }

  private static String shortened(Object value) {
    String text = value.toString();
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }
}
