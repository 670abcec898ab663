package dev.graft.chat;

import java.util.LinkedHashMap;
import java.util.Map;

/** The one kind of value that a template can change: {@code namespace(found=false)}. */
final class Namespace {
  private final Map<String, Object> attributes = new LinkedHashMap<>();

  void set(String name, Object value) {
    if (value == this) {
      throw new Fault("a namespace cannot hold itself");
    }
    attributes.put(name, value);
  }

  Object get(String name) {
    Object value = attributes.get(name);
    return value == null ? Undefined.in(this, name) : value;
  }
}
