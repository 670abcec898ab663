package dev.graft.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The arguments of a call, in the order of the parameters. */
final class Args {
  private static final Object MISSING = new Object();

  private final String name;
  private final Run run;
  private final List<Object> values;

  private Args(String name, Run run, List<Object> values) {
    this.name = name;
    this.run = run;
    this.values = values;
  }

  static Args bind(
      String name,
      int required,
      List<String> parameters,
      Run run,
      List<Object> values,
      Map<String, Object> named) {
    if (values.size() > parameters.size()) {
      throw new Fault(
          "%s takes at most %d arguments, found %d"
              .formatted(name, parameters.size(), values.size()));
    }
    List<Object> bound = new ArrayList<>(values);
    while (bound.size() < parameters.size()) {
      bound.add(MISSING);
    }
    named.forEach(
        (key, value) -> {
          int index = parameters.indexOf(key);
          if (index < 0 || bound.get(index) != MISSING) {
            throw new Fault("%s takes no argument \"%s\" here".formatted(name, key));
          }
          bound.set(index, value);
        });
    for (int i = 0; i < required; i++) {
      if (bound.get(i) == MISSING) {
        throw new Fault("%s lacks the argument \"%s\"".formatted(name, parameters.get(i)));
      }
    }
    return new Args(name, run, bound);
  }

  Run run() {
    return run;
  }

  boolean given(int index) {
    return values.get(index) != MISSING;
  }

  /** Whether an argument is given, and not as none. */
  boolean has(int index) {
    return given(index) && values.get(index) != None.NONE;
  }

  Object get(int index) {
    return values.get(index);
  }

  Object get(int index, Object fallback) {
    return values.get(index) == MISSING ? fallback : values.get(index);
  }

  boolean flag(int index) {
    return Values.truth(get(index, false));
  }

  String text(int index) {
    if (get(index) instanceof String text) {
      return text;
    }
    throw wrong(index, "a string");
  }

  String text(int index, String fallback) {
    return has(index) ? text(index) : fallback;
  }

  int number(int index, int fallback) {
    if (!has(index)) {
      return fallback;
    }
    if (get(index) instanceof Long number && number == number.intValue()) {
      return number.intValue();
    }
    throw wrong(index, "a whole number");
  }

  private Fault wrong(int index, String expected) {
    return new Fault(
        "%s got %s, expected %s".formatted(name, Values.typeName(get(index)), expected));
  }
}
