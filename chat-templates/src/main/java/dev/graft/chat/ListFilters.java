package dev.graft.chat;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The filters on lists, and on mappings and texts as lists. */
final class ListFilters {
  static final Map<String, Function> TABLE =
      Map.ofEntries(
          of("length", List.of("value"), ListFilters::length),
          of("count", List.of("value"), ListFilters::length),
          of("first", List.of("value"), a -> end(a, true)),
          of("last", List.of("value"), a -> end(a, false)),
          of("list", List.of("value"), ListFilters::items),
          of("items", List.of("value"), ListFilters::pairs),
          of("join", List.of("value", "d", "attribute"), ListFilters::joined),
          of("reverse", List.of("value"), ListFilters::reversed),
          of(
              "sort",
              List.of("value", "reverse", "case_sensitive", "attribute"),
              a -> sorted(items(a), a, a.flag(1), a.flag(2), keyOf(a, 3))),
          of("dictsort", List.of("value", "case_sensitive", "by", "reverse"), ListFilters::byKey),
          of("unique", List.of("value", "case_sensitive", "attribute"), ListFilters::unique),
          of("min", List.of("value", "case_sensitive", "attribute"), a -> extreme(a, false)),
          of("max", List.of("value", "case_sensitive", "attribute"), a -> extreme(a, true)),
          of("sum", List.of("value", "attribute", "start"), ListFilters::sum),
          entry("map", ListFilters::mapped),
          entry("select", (run, values, named) -> chosen(run, values, named, false, true)),
          entry("reject", (run, values, named) -> chosen(run, values, named, false, false)),
          entry("selectattr", (run, values, named) -> chosen(run, values, named, true, true)),
          entry("rejectattr", (run, values, named) -> chosen(run, values, named, true, false)));

  private ListFilters() {}

  private static Map.Entry<String, Function> of(
      String name, List<String> parameters, Function.Body body) {
    return entry(name, Function.of("filter \"%s\"".formatted(name), 1, parameters, body));
  }

  /** What is compared of an element. */
  private interface Key {
    Object of(Object element);
  }

  private static List<Object> items(Args args) {
    List<Object> items = Values.items(args.get(0), args.run());
    args.run().steps(items.size());
    return args.run().taken(items);
  }

  private static Object length(Args args) {
    Object value = args.get(0);
    if (value instanceof String text) {
      return (long) text.codePointCount(0, text.length());
    }
    return value instanceof Map<?, ?> map
        ? (long) map.size()
        : (long) Values.items(value, args.run()).size();
  }

  private static Object end(Args args, boolean first) {
    List<Object> items = Values.items(args.get(0), args.run());
    if (items.isEmpty()) {
      return new Undefined("an empty list has no %s element".formatted(first ? "first" : "last"));
    }
    return items.get(first ? 0 : items.size() - 1);
  }

  private static Object pairs(Args args) {
    if (args.get(0) instanceof Undefined) {
      return List.of();
    }
    if (args.get(0) instanceof Map<?, ?> map) {
      return args.run().taken(Methods.pairs(map));
    }
    throw new Fault(
        "filter \"items\" takes a mapping, found %s".formatted(Values.typeName(args.get(0))));
  }

  private static Object joined(Args args) {
    String separator = args.has(1) ? PythonText.of(args.get(1), args.run()) : "";
    Key key = keyOf(args, 2);
    Output out = new Output(args.run());
    String between = "";
    for (Object item : items(args)) {
      out.append(between);
      out.append(PythonText.of(key.of(item), args.run()));
      between = separator;
    }
    return out.toString();
  }

  private static Object reversed(Args args) {
    if (args.get(0) instanceof String text) {
      return args.run().taken(new StringBuilder(text).reverse().toString());
    }
    List<Object> items = new ArrayList<>(items(args));
    Collections.reverse(items);
    return items;
  }

  private static Key keyOf(Args args, int index) {
    return args.has(index) ? element -> path(element, args.get(index)) : element -> element;
  }

  /** {@code function.name} goes down two levels. */
  private static Object path(Object element, Object attribute) {
    if (attribute instanceof Long) {
      return Access.item(element, attribute);
    }
    Object found = element;
    String rest = String.valueOf(attribute);
    while (!rest.isEmpty()) {
      int dot = rest.indexOf('.');
      String part = dot < 0 ? rest : rest.substring(0, dot);
      rest = dot < 0 ? "" : rest.substring(dot + 1);
      found =
          part.chars().allMatch(Character::isDigit)
              ? Access.item(found, Long.valueOf(part))
              : Access.item(found, part);
    }
    return found;
  }

  private static List<Object> sorted(
      List<Object> items, Args args, boolean reverse, boolean caseSensitive, Key key) {
    List<Object> sorted = new ArrayList<>(items);
    args.run().steps(16L * items.size());
    Comparator<Object> order =
        (a, b) ->
            Values.compare(
                folded(key.of(a), caseSensitive), folded(key.of(b), caseSensitive), args.run());
    sorted.sort(reverse ? order.reversed() : order);
    return sorted;
  }

  private static Object folded(Object value, boolean caseSensitive) {
    return !caseSensitive && value instanceof String text ? Texts.lower(text) : value;
  }

  private static Object byKey(Args args) {
    if (!(args.get(0) instanceof Map<?, ?> map)) {
      throw new Fault(
          "filter \"dictsort\" takes a mapping, found %s".formatted(Values.typeName(args.get(0))));
    }
    Long part = args.text(2, "key").equals("key") ? 0L : 1L;
    return sorted(
        args.run().taken(Methods.pairs(map)),
        args,
        args.flag(3),
        args.flag(1),
        pair -> Access.item(pair, part));
  }

  private static Object unique(Args args) {
    Key key = keyOf(args, 2);
    Map<Object, Object> first = new LinkedHashMap<>();
    for (Object item : items(args)) {
      first.putIfAbsent(Values.key(folded(key.of(item), args.flag(1))), item);
    }
    return new ArrayList<>(first.values());
  }

  private static Object extreme(Args args, boolean most) {
    List<Object> sorted = sorted(items(args), args, false, args.flag(1), keyOf(args, 2));
    if (sorted.isEmpty()) {
      return new Undefined("an empty list has no extreme");
    }
    return sorted.get(most ? sorted.size() - 1 : 0);
  }

  private static Object sum(Args args) {
    Key key = keyOf(args, 1);
    Object sum = args.get(2, 0L);
    for (Object item : items(args)) {
      sum = Operators.apply("+", sum, key.of(item), args.run());
    }
    return sum;
  }

  /** {@code map('upper')} or {@code map(attribute='name', default='')}. */
  private static Object mapped(Run run, List<Object> values, Map<String, Object> named) {
    List<Object> items = Values.items(values.get(0), run);
    run.steps(items.size());
    List<Object> results = new ArrayList<>(items.size());
    Object attribute = named.get("attribute");
    if (attribute != null) {
      Object fallback = named.get("default");
      for (Object item : items) {
        Object found = path(item, attribute);
        results.add(found instanceof Undefined && fallback != null ? fallback : found);
      }
    } else {
      if (values.size() < 2 || !(values.get(1) instanceof String name)) {
        throw new Fault("filter \"map\" takes the name of a filter, or an attribute");
      }
      Function filter = Filters.named(name);
      for (Object item : items) {
        results.add(filter.call(run, applied(item, values.subList(2, values.size())), named));
      }
    }
    return run.taken(results);
  }

  /** {@code select('test', ...)} and {@code selectattr('attribute', 'test', ...)}. */
  private static Object chosen(
      Run run,
      List<Object> values,
      Map<String, Object> named,
      boolean byAttribute,
      boolean wanted) {
    int test = byAttribute ? 2 : 1;
    if (values.size() < test) {
      throw new Fault("a filter that selects by attribute lacks the attribute");
    }
    Function function =
        values.size() == test
            ? (r, v, n) -> Values.truth(v.get(0))
            : Tests.named(String.valueOf(values.get(test)));
    List<Object> rest =
        values.size() > test ? values.subList(test + 1, values.size()) : List.<Object>of();
    List<Object> items = Values.items(values.get(0), run);
    run.steps(items.size());
    List<Object> results = new ArrayList<>();
    for (Object item : items) {
      Object tested = byAttribute ? path(item, values.get(1)) : item;
      if (Values.truth(function.call(run, applied(tested, rest), named)) == wanted) {
        results.add(item);
      }
    }
    return run.taken(results);
  }

  private static List<Object> applied(Object value, List<Object> rest) {
    List<Object> all = new ArrayList<>();
    all.add(value);
    all.addAll(rest);
    return all;
  }
}
