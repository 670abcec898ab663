package dev.graft.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.chat.None;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as the values that chat templates take. */
final class JsonValues {
  private JsonValues() {}

  /** Nesting is limited by who read the JSON. */
  static Object of(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, Object> members = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
          members.put(entry.getKey(), of(entry.getValue()));
        }
        yield members;
      }
      case ARRAY -> {
        List<Object> elements = new ArrayList<>();
        node.forEach(element -> elements.add(of(element)));
        yield elements;
      }
      case BOOLEAN -> node.booleanValue();
      case NUMBER -> node.isIntegralNumber() ? node.bigIntegerValue() : node.doubleValue();
      case NULL, MISSING -> None.NONE;
      case STRING, BINARY, POJO -> node.asText();
    };
  }
}
