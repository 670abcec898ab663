package dev.graft.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.NearestNames;
import dev.graft.adapter.TargetModules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a kind of option looks in JSON. A number or truth value may also come as text, as it does
 * from environments.
 *
 * @param expected what a message says the value must be
 * @param writer value to JSON
 * @param reader JSON to value, or null where it is of another kind
 */
record OptionCodec<T>(
    String expected, Function<T, JsonNode> writer, Function<JsonNode, @Nullable T> reader) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  static final OptionCodec<Integer> INT =
      new OptionCodec<>("a whole number", JSON::numberNode, OptionCodec::toInt);

  static final OptionCodec<Long> LONG =
      new OptionCodec<>("a whole number", JSON::numberNode, OptionCodec::toLong);

  static final OptionCodec<Double> NUMBER =
      new OptionCodec<>("a number", JSON::numberNode, OptionCodec::toDouble);

  static final OptionCodec<Boolean> FLAG =
      new OptionCodec<>("true or false", JSON::booleanNode, OptionCodec::toBoolean);

  static final OptionCodec<OptionalInt> OPTIONAL_INT =
      new OptionCodec<>(
          "a whole number or nothing",
          value -> value.isPresent() ? JSON.numberNode(value.getAsInt()) : JSON.nullNode(),
          OptionCodec::toOptionalInt);

  static final OptionCodec<Optional<String>> OPTIONAL_TEXT =
      new OptionCodec<>(
          "a text or nothing",
          value -> value.isPresent() ? JSON.textNode(value.get()) : JSON.nullNode(),
          json ->
              json.isNull()
                  ? Optional.empty()
                  : json.isTextual() ? Optional.of(json.textValue()) : null);

  static final OptionCodec<List<Integer>> LAYERS =
      new OptionCodec<>(
          "a list of layer numbers",
          value -> {
            ArrayNode array = JSON.arrayNode();
            value.forEach(array::add);
            return array;
          },
          json -> list(json, OptionCodec::toInt));

  static final OptionCodec<Map<String, Integer>> RANKS =
      new OptionCodec<>(
          "an object of patterns and ranks",
          value -> {
            ObjectNode object = JSON.objectNode();
            value.forEach(object::put);
            return object;
          },
          json -> map(json, OptionCodec::toInt));

  static final OptionCodec<Map<String, Double>> NUMBERS =
      new OptionCodec<>(
          "an object of patterns and numbers",
          OptionCodec::object,
          json -> map(json, OptionCodec::toDouble));

  static final OptionCodec<TargetModules> MODULES =
      new OptionCodec<>(
          "a list of module names, a pattern, or all-linear",
          OptionCodec::modulesToJson,
          OptionCodec::toModules);

  static final OptionCodec<ClassWeights> CLASS_WEIGHTS =
      new OptionCodec<>(
          "none, balanced, or an object of labels and weights",
          OptionCodec::weightsToJson,
          OptionCodec::toWeights);

  /** One of an enumeration's values by its name in lower case. */
  static <E extends Enum<E>> OptionCodec<E> choice(Class<E> type) {
    E[] values = type.getEnumConstants();
    List<String> names =
        Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
    return new OptionCodec<>(
        "one of " + String.join(", ", names),
        value -> JSON.textNode(value.name().toLowerCase(Locale.ROOT)),
        json -> {
          int index = names.indexOf(json.asText().toLowerCase(Locale.ROOT));
          return index < 0 ? null : values[index];
        });
  }

  JsonNode toJson(T value) {
    return writer.apply(value);
  }

  T fromJson(String option, JsonNode json) {
    T value = reader.apply(json);
    if (value == null) {
      String near = NearestNames.suggestion(json.asText(), List.of(expected.split(", | of | or ")));
      throw new IllegalArgumentException(
          "option \"%s\" is %s, expected %s%s"
              .formatted(option, json, expected, near.isEmpty() ? "" : "; " + near));
    }
    return value;
  }

  private static @Nullable Long toLong(JsonNode json) {
    if (json.isIntegralNumber() && json.canConvertToLong()) {
      return json.longValue();
    }
    return json.isTextual() ? parsed(json, Long::valueOf) : null;
  }

  private static @Nullable Integer toInt(JsonNode json) {
    Long value = toLong(json);
    return value == null || value.intValue() != value ? null : value.intValue();
  }

  private static @Nullable Double toDouble(JsonNode json) {
    if (json.isNumber()) {
      return json.doubleValue();
    }
    return json.isTextual() ? parsed(json, Double::valueOf) : null;
  }

  private static <N> @Nullable N parsed(JsonNode json, Function<String, N> parse) {
    try {
      return parse.apply(json.textValue().strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static @Nullable Boolean toBoolean(JsonNode json) {
    if (json.isBoolean()) {
      return json.booleanValue();
    }
    return switch (json.asText().toLowerCase(Locale.ROOT)) {
      case "true" -> Boolean.TRUE;
      case "false" -> Boolean.FALSE;
      default -> null;
    };
  }

  private static @Nullable OptionalInt toOptionalInt(JsonNode json) {
    if (json.isNull()) {
      return OptionalInt.empty();
    }
    Integer value = toInt(json);
    return value == null ? null : OptionalInt.of(value);
  }

  private static <V> @Nullable List<V> list(JsonNode json, Function<JsonNode, @Nullable V> item) {
    if (!json.isArray()) {
      return null;
    }
    List<V> values = new ArrayList<>();
    for (JsonNode element : json) {
      V value = item.apply(element);
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    return values;
  }

  private static <V> @Nullable Map<String, V> map(
      JsonNode json, Function<JsonNode, @Nullable V> item) {
    if (!json.isObject()) {
      return null;
    }
    Map<String, V> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      V value = item.apply(entry.getValue());
      if (value == null) {
        return null;
      }
      values.put(entry.getKey(), value);
    }
    return values;
  }

  private static ObjectNode object(Map<String, Double> values) {
    ObjectNode object = JSON.objectNode();
    values.forEach(object::put);
    return object;
  }

  private static JsonNode modulesToJson(TargetModules modules) {
    if (modules instanceof TargetModules.Suffixes suffixes) {
      ArrayNode array = JSON.arrayNode();
      suffixes.names().forEach(array::add);
      return array;
    }
    return JSON.textNode(
        modules instanceof TargetModules.Regex regex ? regex.pattern() : "all-linear");
  }

  private static @Nullable TargetModules toModules(JsonNode json) {
    if (json.isTextual()) {
      return TargetModules.parse(json.textValue());
    }
    List<String> names = list(json, name -> name.isTextual() ? name.textValue() : null);
    return names == null ? null : new TargetModules.Suffixes(names);
  }

  private static JsonNode weightsToJson(ClassWeights weights) {
    if (weights instanceof ClassWeights.ByLabel byLabel) {
      return object(byLabel.weights());
    }
    return JSON.textNode(weights instanceof ClassWeights.Balanced ? "balanced" : "none");
  }

  private static @Nullable ClassWeights toWeights(JsonNode json) {
    Map<String, Double> weights = map(json, OptionCodec::toDouble);
    if (weights != null) {
      return new ClassWeights.ByLabel(weights);
    }
    return switch (json.asText().toLowerCase(Locale.ROOT)) {
      case "none" -> new ClassWeights.None();
      case "balanced" -> new ClassWeights.Balanced();
      default -> null;
    };
  }
}
