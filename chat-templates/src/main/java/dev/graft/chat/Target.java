package dev.graft.chat;

import java.util.List;

/** What a value is put into. */
interface Target {
  void set(Scope scope, Object value);

  static Target name(String name) {
    return (scope, value) -> scope.set(name, value);
  }

  /** One element for each name. */
  static Target names(List<String> names) {
    return (scope, value) -> {
      List<Object> items = Values.items(value, scope.run());
      if (items.size() != names.size()) {
        throw new Fault(
            "%d values for the %d names %s".formatted(items.size(), names.size(), names));
      }
      for (int i = 0; i < names.size(); i++) {
        scope.set(names.get(i), items.get(i));
      }
    };
  }

  /** An attribute of a namespace; nothing else can be changed. */
  static Target attribute(String owner, String name) {
    return (scope, value) -> {
      if (!(scope.get(owner) instanceof Namespace namespace)) {
        throw new Fault(
            "\"%s\" is no namespace, so its \"%s\" cannot be set".formatted(owner, name));
      }
      namespace.set(name, value);
    };
  }
}
