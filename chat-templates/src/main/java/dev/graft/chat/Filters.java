package dev.graft.chat;

import static java.util.Map.entry;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The filters on single values; those on lists are in {@link ListFilters}. */
final class Filters {
  private static final Map<String, Function> OWN =
      Map.ofEntries(
          // Texts.
          text("upper", List.of("value"), a -> Texts.upper(string(a))),
          text("lower", List.of("value"), a -> Texts.lower(string(a))),
          text("capitalize", List.of("value"), a -> Texts.capitalized(string(a))),
          text("title", List.of("value"), a -> Texts.titleOfWords(string(a))),
          text(
              "trim",
              List.of("value", "chars"),
              a -> Texts.strip(string(a), a.text(1, ""), true, true)),
          text("string", List.of("value"), Filters::string),
          text("safe", List.of("value"), Filters::string),
          text(
              "replace",
              List.of("value", "old", "new", "count"),
              a -> Texts.replace(string(a), a.text(1), a.text(2), a.number(3, -1), a.run())),
          text("indent", List.of("value", "width", "first", "blank"), Texts::indent),
          text(
              "tojson",
              List.of("value", "ensure_ascii", "indent", "separators", "sort_keys"),
              Json::of),

          // Numbers.
          value("int", List.of("value", "default", "base"), Filters::whole),
          value("float", List.of("value", "default"), Filters::fraction),
          value("abs", List.of("value"), Filters::absolute),
          value("round", List.of("value", "precision", "method"), Filters::rounded),

          // Any value.
          value("default", List.of("value", "default_value", "boolean"), Filters::orDefault),
          value("d", List.of("value", "default_value", "boolean"), Filters::orDefault));

  private static final Map<String, Function> TABLE = joined();

  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,40}");
  private static final Pattern FRACTION =
      Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");

  private Filters() {}

  private static Map<String, Function> joined() {
    Map<String, Function> table = new HashMap<>(OWN);
    table.putAll(ListFilters.TABLE);
    return Map.copyOf(table);
  }

  static Function require(String name, int line) {
    return Tables.require("filter", TABLE, name, line);
  }

  /** A filter named while a template runs. */
  static Function named(String name) {
    Function found = TABLE.get(name);
    if (found == null) {
      throw new Fault("filter \"%s\" is not supported".formatted(name));
    }
    return found;
  }

  private static Map.Entry<String, Function> value(
      String name, List<String> parameters, Function.Body body) {
    return entry(name, Function.of("filter \"%s\"".formatted(name), 1, parameters, body));
  }

  private static Map.Entry<String, Function> text(
      String name, List<String> parameters, TextBody body) {
    return value(name, parameters, args -> args.run().taken(body.of(args)));
  }

  /** The work of a filter that makes a text. */
  private interface TextBody {
    String of(Args args);
  }

  private static String string(Args args) {
    return PythonText.of(args.get(0), args.run());
  }

  private static Object orDefault(Args args) {
    Object value = args.get(0);
    return value instanceof Undefined || (args.flag(2) && !Values.truth(value))
        ? args.get(1, "")
        : value;
  }

  private static Object whole(Args args) {
    Object value = args.get(0);
    if (args.number(2, 10) != 10) {
      throw new Fault("filter \"int\" knows base 10 only");
    }
    if (value instanceof String text) {
      String digits = text.strip();
      return WHOLE.matcher(digits).matches()
          ? Values.of(new BigInteger(digits))
          : FRACTION.matcher(digits).matches()
              ? (Object) (long) Double.parseDouble(digits)
              : args.get(1, 0L);
    }
    return Values.isNumber(value) ? (Object) Values.number(value).longValue() : args.get(1, 0L);
  }

  private static Object fraction(Args args) {
    Object value = args.get(0);
    if (value instanceof String text) {
      return FRACTION.matcher(text.strip()).matches()
          ? Double.parseDouble(text.strip())
          : args.get(1, 0.0);
    }
    return Values.isNumber(value) ? (Object) Values.number(value).doubleValue() : args.get(1, 0.0);
  }

  private static Object absolute(Args args) {
    return Values.number(args.get(0)) instanceof Long whole
        ? (Object) Math.abs(whole)
        : (Object) Math.abs(Values.number(args.get(0)).doubleValue());
  }

  private static Object rounded(Args args) {
    double factor = Math.pow(10, args.number(1, 0));
    double scaled = Values.number(args.get(0)).doubleValue() * factor;
    return switch (args.text(2, "common")) {
      case "common" -> Math.rint(scaled) / factor;
      case "ceil" -> Math.ceil(scaled) / factor;
      case "floor" -> Math.floor(scaled) / factor;
      default -> throw new Fault("filter \"round\" knows the methods common, ceil and floor");
    };
  }
}
