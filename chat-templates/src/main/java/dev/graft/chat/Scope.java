package dev.graft.chat;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables that a part of a template sees; what it sets is its own. */
final class Scope {
  private final Run run;
  private final @Nullable Scope outer;
  private final Map<String, Object> variables = new HashMap<>();

  Scope(Run run) {
    this.run = run;
    this.outer = null;
  }

  private Scope(Scope outer) {
    this.run = outer.run;
    this.outer = outer;
  }

  Scope inner() {
    return new Scope(this);
  }

  Run run() {
    return run;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name);
  }
}
