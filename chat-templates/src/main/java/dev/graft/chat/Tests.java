package dev.graft.chat;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;

/** What can follow {@code is}. */
final class Tests {
  private static final Map<String, Function> TABLE =
      Map.ofEntries(
          // What a value is.
          of("defined", v -> !(v instanceof Undefined)),
          of("undefined", v -> v instanceof Undefined),
          of("none", v -> v instanceof None),
          of("true", v -> v.equals(true)),
          of("false", v -> v.equals(false)),
          of("boolean", v -> v instanceof Boolean),
          of("string", v -> v instanceof String),
          of("number", Values::isNumber),
          of("integer", v -> v instanceof Number && !(v instanceof Double)),
          of("float", v -> v instanceof Double),
          of("mapping", v -> v instanceof Map),
          of("sequence", v -> v instanceof String || v instanceof List || v instanceof Map),
          of("iterable", Tests::iterable),
          of("callable", v -> v instanceof Function),
          of("odd", v -> v instanceof Long n && n % 2 != 0),
          of("even", v -> v instanceof Long n && n % 2 == 0),
          of("upper", v -> v instanceof String s && s.equals(Texts.upper(s)) && hasLetter(s)),
          of("lower", v -> v instanceof String s && s.equals(Texts.lower(s)) && hasLetter(s)),

          // How a value compares with another.
          with("equalto", "=="),
          with("eq", "=="),
          with("==", "=="),
          with("ne", "!="),
          with("!=", "!="),
          with("lt", "<"),
          with("lessthan", "<"),
          with("le", "<="),
          with("gt", ">"),
          with("greaterthan", ">"),
          with("ge", ">="),
          with("in", "in"),
          entry("sameas", two("sameas", a -> Values.equal(a.get(0), a.get(1), a.run()))),
          entry(
              "divisibleby",
              two(
                  "divisibleby",
                  a ->
                      Operators.apply("%", a.get(0), a.get(1), a.run()) instanceof Number rest
                          && rest.doubleValue() == 0)));

  private Tests() {}

  static Function require(String name, int line) {
    return Tables.require("test", TABLE, name, line);
  }

  /** A test named while a template runs. */
  static Function named(String name) {
    Function found = TABLE.get(name);
    if (found == null) {
      throw new Fault("test \"%s\" is not supported".formatted(name));
    }
    return found;
  }

  /** What a value is. */
  private interface Kind {
    boolean of(Object value);
  }

  private static Map.Entry<String, Function> of(String name, Kind kind) {
    return entry(
        name,
        Function.of(
            "test \"%s\"".formatted(name), 1, List.of("value"), args -> kind.of(args.get(0))));
  }

  private static Map.Entry<String, Function> with(String name, String operator) {
    return entry(name, two(name, a -> Operators.compare(operator, a.get(0), a.get(1), a.run())));
  }

  private static Function two(String name, Function.Body body) {
    return Function.of("test \"%s\"".formatted(name), 2, List.of("value", "other"), body);
  }

  private static boolean iterable(Object value) {
    return value instanceof String
        || value instanceof List
        || value instanceof Map
        || value instanceof Undefined;
  }

  private static boolean hasLetter(String text) {
    return text.codePoints().anyMatch(Character::isLetter);
  }
}
