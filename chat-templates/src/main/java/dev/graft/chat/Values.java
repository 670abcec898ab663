package dev.graft.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of a template, with Python's notions of truth, equality and order: String, Boolean,
 * Long, Double (BigInteger beyond Long, to be printed only), None, Undefined, List, Map, Namespace,
 * Loop and Function.
 */
final class Values {
  private Values() {}

  /** Copy a value from outside. */
  static Object of(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, member) -> copy.put(of(key), of(member)));
      return copy;
    }
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list.size());
      list.forEach(element -> copy.add(of(element)));
      return copy;
    }
    if (value instanceof BigInteger big) {
      return big.bitLength() < Long.SIZE ? big.longValue() : big;
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof Float || value instanceof BigDecimal) {
      return ((Number) value).doubleValue();
    }
    if (value instanceof String
        || value instanceof Boolean
        || value instanceof Long
        || value instanceof Double
        || value instanceof None) {
      return value;
    }
    throw new IllegalArgumentException(
        "a template cannot take a %s".formatted(value.getClass().getName()));
  }

  static boolean truth(Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof String text) {
      return !text.isEmpty();
    }
    if (value instanceof Number number) {
      return number.doubleValue() != 0;
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return !(value instanceof None || value instanceof Undefined);
  }

  static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  /** True and false count as 1 and 0. */
  static Number number(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? 1L : 0L;
    }
    if (value instanceof Long || value instanceof Double) {
      return (Number) value;
    }
    throw new Fault("%s is not a number".formatted(typeName(value)));
  }

  static boolean equal(Object a, Object b, Run run) {
    run.step();
    if (isNumber(a) && isNumber(b)) {
      return (a instanceof BigInteger || b instanceof BigInteger)
          ? a.equals(b)
          : compareNumbers(number(a), number(b)) == 0;
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      Iterator<?> other = y.iterator();
      return x.size() == y.size()
          && x.stream().allMatch(element -> equal(element, other.next(), run));
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.size() == y.size()
          && x.entrySet().stream()
              .allMatch(
                  entry -> {
                    Object other = y.get(entry.getKey());
                    return other != null && equal(entry.getValue(), other, run);
                  });
    }
    return a instanceof Undefined ? b instanceof Undefined : a.equals(b);
  }

  private static int compareNumbers(Number a, Number b) {
    return a instanceof Long x && b instanceof Long y
        ? Long.compare(x, y)
        : Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
  }

  /** Order numbers, texts by code point, and lists element by element. */
  static int compare(Object a, Object b, Run run) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(number(a), number(b));
    }
    if (a instanceof String x && b instanceof String y) {
      return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
        Object left = x.get(i);
        Object right = y.get(i);
        if (!equal(left, right, run)) {
          return compare(left, right, run);
        }
      }
      return Integer.compare(x.size(), y.size());
    }
    throw new Fault("%s and %s have no order".formatted(typeName(a), typeName(b)));
  }

  /** A value as the key of a mapping; lists and mappings cannot be, as in Python. */
  static Object key(Object value) {
    if (value instanceof List || value instanceof Map) {
      throw new Fault("%s cannot be the key of a mapping".formatted(typeName(value)));
    }
    return value;
  }

  /** Python's {@code in}. */
  static boolean contains(Object where, Object what, Run run) {
    if (where instanceof String text) {
      if (what instanceof String part) {
        run.search(text, part);
        return text.contains(part);
      }
      throw new Fault("%s cannot be in a string".formatted(typeName(what)));
    }
    if (where instanceof Map<?, ?> map) {
      return map.containsKey(key(what));
    }
    List<Object> items = items(where, run);
    run.steps(items.size());
    return items.stream().anyMatch(item -> equal(item, what, run));
  }

  /** What a {@code for} goes through. */
  static List<Object> items(Object value, Run run) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    if (value instanceof Map<?, ?> map) {
      return run.taken(new ArrayList<>(map.keySet()));
    }
    if (value instanceof String text) {
      run.take(8L * text.length());
      return text.codePoints().mapToObj(c -> (Object) Character.toString(c)).toList();
    }
    if (value instanceof Undefined) {
      return List.of();
    }
    throw new Fault("%s is not a list".formatted(typeName(value)));
  }

  /** Python's name of a type, for messages. */
  static String typeName(Object value) {
    if (value instanceof Undefined undefined) {
      return undefined.problem().isEmpty() ? "an undefined value" : undefined.problem() + ", which";
    }
    return value instanceof String
        ? "a string"
        : value instanceof Boolean
            ? "a boolean"
            : value instanceof Double
                ? "a float"
                : value instanceof Number
                    ? "an integer"
                    : value instanceof List
                        ? "a list"
                        : value instanceof Map
                            ? "a mapping"
                            : value instanceof None
                                ? "none"
                                : value instanceof Namespace
                                    ? "a namespace"
                                    : value instanceof Loop ? "loop" : "a function";
  }
}
