package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the fields of one JSON object, remembers which were asked for, and says where a bad one
 * stands.
 */
public final class JsonFields {
  private final Path path;
  private final String parent;
  private final ObjectNode object;
  private final Set<String> read = new HashSet<>();

  /**
   * Read an object that was parsed already.
   *
   * @param parent where the object stands in the file, as a JSON pointer; empty for the whole
   */
  public JsonFields(Path path, String parent, ObjectNode object) {
    this.path = path;
    this.parent = parent;
    this.object = object;
  }

  /**
   * Read a file that holds one object: valid JSON of at most 64 MiB, no key twice.
   *
   * @throws AdapterFormatException if it does not
   */
  public static JsonFields of(Path path) throws IOException {
    return new JsonFields(path, "", Json.read(path));
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** Whether the field is there, be it null. */
  public boolean has(String name) {
    return object.has(name);
  }

  /** The field, or nothing where it is missing or null. */
  public Optional<JsonNode> value(String name) {
    read.add(name);
    return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
  }

  public Optional<String> text(String name) throws AdapterFormatException {
    Optional<JsonNode> node = value(name);
    if (node.isPresent() && !node.get().isTextual()) {
      throw bad(name, "expected a string, found " + node.get());
    }
    return node.map(JsonNode::textValue);
  }

  public boolean flag(String name, boolean whenMissing) throws AdapterFormatException {
    Optional<JsonNode> node = value(name);
    if (node.isPresent() && !node.get().isBoolean()) {
      throw bad(name, "expected true or false, found " + node.get());
    }
    return node.map(JsonNode::booleanValue).orElse(whenMissing);
  }

  public Optional<Integer> integer(String name) throws AdapterFormatException {
    Optional<JsonNode> node = value(name);
    return node.isEmpty() ? Optional.empty() : Optional.of(toInteger(name, node.get()));
  }

  public Optional<Double> number(String name) throws AdapterFormatException {
    Optional<JsonNode> node = value(name);
    return node.isEmpty() ? Optional.empty() : Optional.of(toNumber(name, node.get()));
  }

  /** A list of strings; one string stands for a list of it. Empty where missing. */
  public List<String> texts(String name) throws AdapterFormatException {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : items(name)) {
      if (!item.isTextual()) {
        throw bad(name, "expected strings, found " + item);
      }
      texts.add(item.textValue());
    }
    return texts;
  }

  /** A list of whole numbers; one number stands for a list of it. Empty where missing. */
  List<Integer> integers(String name) throws AdapterFormatException {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode item : items(name)) {
      numbers.add(toInteger(name, item));
    }
    return numbers;
  }

  /** A list of finite numbers that must be there as a list. */
  List<Float> floats(String name) throws AdapterFormatException {
    List<Float> numbers = new ArrayList<>();
    for (JsonNode item : items(name)) {
      float number = (float) toNumber(name, item);
      if (!Float.isFinite(number)) {
        throw bad(name, "%s is beyond the range of a float".formatted(item));
      }
      numbers.add(number);
    }
    return numbers;
  }

  Map<String, Integer> integerMap(String name) throws AdapterFormatException {
    Map<String, Integer> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object(name).properties()) {
      map.put(entry.getKey(), toInteger(name + "/" + entry.getKey(), entry.getValue()));
    }
    return map;
  }

  Map<String, Double> numberMap(String name) throws AdapterFormatException {
    Map<String, Double> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object(name).properties()) {
      map.put(entry.getKey(), toNumber(name + "/" + entry.getKey(), entry.getValue()));
    }
    return map;
  }

  /** An object; empty where missing. */
  public ObjectNode object(String name) throws AdapterFormatException {
    Optional<JsonNode> node = value(name);
    if (node.isEmpty()) {
      return Json.newObject();
    }
    if (node.get() instanceof ObjectNode found) {
      return found;
    }
    throw bad(name, "expected an object, found " + node.get());
  }

  /** The items of a list, or the one value that stands for it. */
  public List<JsonNode> items(String name) {
    List<JsonNode> items = new ArrayList<>();
    value(name)
        .ifPresent(
            node -> {
              if (node.isArray()) {
                node.forEach(items::add);
              } else {
                items.add(node);
              }
            });
    return items;
  }

  /** The fields nobody asked for, as they stand. */
  public ObjectNode unread() {
    ObjectNode rest = object.deepCopy();
    rest.remove(read);
    return rest;
  }

  /** Say of each field nobody asked for that it is ignored, unless it is switched off anyway. */
  void warnOfUnread(List<String> warnings) {
    for (Map.Entry<String, JsonNode> unknown : unread().properties()) {
      if (!isOff(unknown.getValue())) {
        warnings.add(
            "ignored the unknown field \"%s\" with value %s, as PEFT does"
                .formatted(unknown.getKey(), unknown.getValue()));
      }
    }
  }

  /** Null, false, zero-length: what a field that is switched off looks like. */
  public static boolean isOff(JsonNode node) {
    return node.isNull()
        || (node.isBoolean() && !node.booleanValue())
        || (node.isContainerNode() && node.isEmpty())
        || (node.isTextual() && node.textValue().isEmpty());
  }

  /** What to throw for a field whose value is wrong. */
  public AdapterFormatException bad(String name, String problem) {
    return new AdapterFormatException(path, parent + "/" + name, problem);
  }

  private int toInteger(String name, JsonNode node) throws AdapterFormatException {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw bad(name, "expected a whole number, found " + node);
    }
    return node.intValue();
  }

  private double toNumber(String name, JsonNode node) throws AdapterFormatException {
    if (!node.isNumber()) {
      throw bad(name, "expected a number, found " + node);
    }
    return node.doubleValue();
  }
}
