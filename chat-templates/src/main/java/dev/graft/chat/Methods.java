package dev.graft.chat;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of texts, lists and mappings; none of them changes its owner. */
final class Methods {
  private static final Map<String, Function> OF_TEXTS =
      Map.ofEntries(
          of("upper", 0, List.of(), a -> Texts.upper(self(a))),
          of("lower", 0, List.of(), a -> Texts.lower(self(a))),
          of("capitalize", 0, List.of(), a -> Texts.capitalized(self(a))),
          of("title", 0, List.of(), a -> Texts.titleOfLetters(self(a))),
          of("strip", 0, List.of("chars"), a -> Texts.strip(self(a), a.text(1, ""), true, true)),
          of("lstrip", 0, List.of("chars"), a -> Texts.strip(self(a), a.text(1, ""), true, false)),
          of("rstrip", 0, List.of("chars"), a -> Texts.strip(self(a), a.text(1, ""), false, true)),
          of("startswith", 1, List.of("prefix"), a -> any(a, self(a)::startsWith)),
          of("endswith", 1, List.of("suffix"), a -> any(a, self(a)::endsWith)),
          of("removeprefix", 1, List.of("prefix"), Methods::withoutPrefix),
          of("removesuffix", 1, List.of("suffix"), Methods::withoutSuffix),
          of("split", 0, List.of("sep", "maxsplit"), a -> split(a, false)),
          of("rsplit", 0, List.of("sep", "maxsplit"), a -> split(a, true)),
          of("splitlines", 0, List.of(), a -> list(a, Texts.splitLines(self(a)))),
          of(
              "replace",
              2,
              List.of("old", "new", "count"),
              a -> Texts.replace(self(a), a.text(1), a.text(2), a.number(3, -1), a.run())),
          of("join", 1, List.of("iterable"), Methods::joined),
          of("find", 1, List.of("sub"), a -> index(a, self(a).indexOf(searched(a)), false)),
          of("rfind", 1, List.of("sub"), a -> index(a, self(a).lastIndexOf(searched(a)), false)),
          of("index", 1, List.of("sub"), a -> index(a, self(a).indexOf(searched(a)), true)),
          of("count", 1, List.of("sub"), Methods::count),
          of("isdigit", 0, List.of(), a -> all(a, Character::isDigit)),
          of("isnumeric", 0, List.of(), a -> all(a, Character::isDigit)),
          of("isalpha", 0, List.of(), a -> all(a, Character::isLetter)),
          of("isalnum", 0, List.of(), a -> all(a, Character::isLetterOrDigit)),
          of("isspace", 0, List.of(), a -> all(a, c -> Blanks.is((char) c))),
          of("isupper", 0, List.of(), a -> Tests.named("upper").call(a.run(), one(a), Map.of())),
          of("islower", 0, List.of(), a -> Tests.named("lower").call(a.run(), one(a), Map.of())));

  private static final Map<String, Function> OF_MAPPINGS =
      Map.ofEntries(
          of("items", 0, List.of(), a -> a.run().taken(pairs((Map<?, ?>) a.get(0)))),
          of("keys", 0, List.of(), a -> a.run().taken(copy(((Map<?, ?>) a.get(0)).keySet()))),
          of("values", 0, List.of(), a -> a.run().taken(copy(((Map<?, ?>) a.get(0)).values()))),
          of("get", 1, List.of("key", "default"), Methods::get));

  private static final Map<String, Function> OF_LISTS =
      Map.ofEntries(
          of("index", 1, List.of("value"), Methods::indexOf),
          of("count", 1, List.of("value"), Methods::occurrences));

  private Methods() {}

  /** The method of a value, bound to it; null if it has none of that name. */
  static @Nullable Function of(Object owner, String name) {
    Map<String, Function> table =
        owner instanceof String
            ? OF_TEXTS
            : owner instanceof Map ? OF_MAPPINGS : owner instanceof List ? OF_LISTS : Map.of();
    Function method = table.get(name);
    if (method == null) {
      return null;
    }
    return (run, values, named) -> {
      List<Object> all = new ArrayList<>();
      all.add(owner);
      all.addAll(values);
      return method.call(run, all, named);
    };
  }

  /** The members of a mapping as lists of key and value. */
  static List<Object> pairs(Map<?, ?> map) {
    List<Object> pairs = new ArrayList<>(map.size());
    map.forEach((key, value) -> pairs.add(List.<Object>of(key, value)));
    return pairs;
  }

  private static Map.Entry<String, Function> of(
      String name, int required, List<String> parameters, Function.Body body) {
    List<String> all = new ArrayList<>(List.of("self"));
    all.addAll(parameters);
    return entry(name, Function.of("method \"%s\"".formatted(name), required + 1, all, body));
  }

  private static String self(Args args) {
    return args.run().taken(args.text(0));
  }

  private static String searched(Args args) {
    args.run().search(args.text(0), args.text(1));
    return args.text(1);
  }

  private static List<Object> one(Args args) {
    return List.of(args.get(0));
  }

  private static List<Object> copy(Iterable<?> values) {
    List<Object> copy = new ArrayList<>();
    values.forEach(copy::add);
    return copy;
  }

  private static List<Object> list(Args args, List<String> texts) {
    return args.run().taken(new ArrayList<>(texts));
  }

  /** Whether a text has one of some beginnings or ends. */
  private interface Affix {
    boolean found(String affix);
  }

  private static boolean any(Args args, Affix affix) {
    return args.get(1) instanceof List<?> several
        ? several.stream().anyMatch(one -> affix.found(String.valueOf(one)))
        : affix.found(args.text(1));
  }

  private static String withoutPrefix(Args args) {
    return self(args).startsWith(args.text(1))
        ? self(args).substring(args.text(1).length())
        : self(args);
  }

  private static String withoutSuffix(Args args) {
    return self(args).endsWith(args.text(1))
        ? self(args).substring(0, self(args).length() - args.text(1).length())
        : self(args);
  }

  private static List<Object> split(Args args, boolean fromEnd) {
    int count = args.number(2, -1);
    if (!args.has(1)) {
      if (fromEnd && count >= 0) {
        throw new Fault("method \"rsplit\" with a count needs a separator");
      }
      return list(args, Texts.words(self(args), count));
    }
    String separator = searched(args);
    if (separator.isEmpty()) {
      throw new Fault("a text cannot be split at an empty separator");
    }
    return list(
        args,
        fromEnd
            ? Texts.lastParts(self(args), separator, count)
            : Texts.parts(self(args), separator, count));
  }

  private static String joined(Args args) {
    Output out = new Output(args.run());
    String between = "";
    for (Object item : Values.items(args.get(1), args.run())) {
      if (!(item instanceof String text)) {
        throw new Fault("method \"join\" takes texts, found %s".formatted(Values.typeName(item)));
      }
      out.append(between);
      out.append(text);
      between = args.text(0);
    }
    return out.toString();
  }

  private static long index(Args args, int found, boolean required) {
    if (found < 0 && required) {
      throw new Fault("method \"index\" does not find the text");
    }
    return found < 0 ? -1 : args.text(0).codePointCount(0, found);
  }

  private static long count(Args args) {
    String part = searched(args);
    return part.isEmpty()
        ? args.text(0).codePointCount(0, args.text(0).length()) + 1L
        : Texts.parts(args.text(0), part, -1).size() - 1L;
  }

  private static boolean all(Args args, IntPredicate kind) {
    return !args.text(0).isEmpty() && args.text(0).codePoints().allMatch(kind);
  }

  private static Object get(Args args) {
    Object found = ((Map<?, ?>) args.get(0)).get(Values.key(args.get(1)));
    return found == null ? args.get(2, None.NONE) : found;
  }

  private static Object indexOf(Args args) {
    List<?> list = (List<?>) args.get(0);
    args.run().steps(list.size());
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), args.get(1), args.run())) {
        return (long) i;
      }
    }
    throw new Fault("method \"index\" does not find the value");
  }

  private static Object occurrences(Args args) {
    List<?> list = (List<?>) args.get(0);
    args.run().steps(list.size());
    return list.stream().filter(item -> Values.equal(item, args.get(1), args.run())).count();
  }
}
