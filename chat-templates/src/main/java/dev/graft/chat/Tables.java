package dev.graft.chat;

import java.util.Map;
import java.util.TreeSet;

/** Looks up what a template names. */
final class Tables {
  private Tables() {}

  static Function require(String kind, Map<String, Function> table, String name, int line) {
    Function found = table.get(name);
    if (found == null) {
      throw TemplateException.at(
          line,
          "%s \"%s\" is not supported; there are %s"
              .formatted(kind, name, String.join(", ", new TreeSet<>(table.keySet()))));
    }
    return found;
  }
}
