package dev.graft.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** {@code tojson}: values as Python's {@code json.dumps} writes them. */
final class Json {
  private final Run run;
  private final Output out;
  private final boolean ascii;
  private final boolean sorted;
  private final String indent;
  private final String between;
  private final String afterKey;

  private Json(Args args) {
    this.run = args.run();
    this.out = new Output(run);
    this.ascii = args.flag(1);
    this.sorted = args.flag(4);
    boolean indented = args.has(2);
    int width = args.get(2, 0) instanceof String ? 0 : args.number(2, 0);
    args.run().take(Math.max(0, width));
    this.indent =
        !indented
            ? ""
            : args.get(2) instanceof String text
                ? "\n" + text
                : "\n" + " ".repeat(Math.max(0, width));
    List<Object> separators =
        args.has(3) ? Values.items(args.get(3), args.run()) : List.of(indented ? "," : ", ", ": ");
    if (separators.size() != 2
        || !(separators.get(0) instanceof String first)
        || !(separators.get(1) instanceof String second)) {
      throw new Fault("tojson takes a pair of texts as separators");
    }
    this.between = first;
    this.afterKey = second;
  }

  /** Arguments: value, ensure_ascii, indent, separators, sort_keys. */
  static String of(Args args) {
    Json json = new Json(args);
    json.write(args.get(0), 0);
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    if (value instanceof List<?> list) {
      list(list, depth);
    } else if (value instanceof Map<?, ?> map) {
      map(map, depth);
    } else if (value instanceof String text) {
      string(text);
    } else {
      out.append(scalar(value));
    }
  }

  private void list(List<?> list, int depth) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    String separator = "[";
    for (Object element : list) {
      out.append(separator);
      line(depth + 1);
      write(element, depth + 1);
      separator = between;
    }
    line(depth);
    out.append("]");
  }

  private void map(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sorted) {
      entries.sort(Comparator.comparing(Map.Entry::getKey, (a, b) -> Values.compare(a, b, run)));
    }
    String separator = "{";
    for (Map.Entry<?, ?> entry : entries) {
      out.append(separator);
      line(depth + 1);
      string(entry.getKey() instanceof String key ? key : scalar(entry.getKey()));
      out.append(afterKey);
      write(entry.getValue(), depth + 1);
      separator = between;
    }
    line(depth);
    out.append("}");
  }

  private void line(int depth) {
    if (!indent.isEmpty()) {
      out.append("\n");
      for (int i = 0; i < depth; i++) {
        out.append(indent.substring(1));
      }
    }
  }

  private static String scalar(Object value) {
    if (value instanceof Boolean || value instanceof Long) {
      return value.toString();
    }
    if (value instanceof None) {
      return "null";
    }
    if (value instanceof Double number) {
      return number.isNaN()
          ? "NaN"
          : number.isInfinite()
              ? (number > 0 ? "Infinity" : "-Infinity")
              : PythonText.decimal(number);
    }
    if (value instanceof Number) {
      return value.toString();
    }
    throw new Fault("tojson cannot write %s".formatted(Values.typeName(value)));
  }

  private void string(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '\b' -> quoted.append("\\b");
        case '\f' -> quoted.append("\\f");
        default -> {
          if (c < ' ' || (ascii && c > '~')) {
            quoted.append("\\u%04x".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    out.append(quoted.append('"').toString());
  }
}
