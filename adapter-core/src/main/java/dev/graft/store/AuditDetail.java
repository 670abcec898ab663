package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.TreeMap;

/** The detail of an audit line: a JSON object with sorted keys. */
final class AuditDetail {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final Map<String, Object> fields = new TreeMap<>();

  AuditDetail with(String name, Object value) {
    fields.put(name, value);
    return this;
  }

  /** The text of a field of {@link #json}; empty where there is none. */
  static String text(String json, String field) {
    try {
      return MAPPER.readTree(json).path(field).asText();
    } catch (JsonProcessingException e) {
      return "";
    }
  }

  String json() {
    try {
      return MAPPER.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an audit line's detail cannot be written as JSON", e);
    }
  }
}
