package dev.graft.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Attributes, elements and slices. */
final class Access {
  private Access() {}

  /** {@code owner.name}: a method, else an element. */
  static Object attribute(Object owner, String name) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (owner instanceof Namespace namespace) {
      return namespace.get(name);
    }
    if (owner instanceof Loop loop) {
      return loop.get(name);
    }
    Function method = Methods.of(owner, name);
    return method != null ? method : element(owner, name);
  }

  /** {@code owner[key]}: an element, else a method. */
  static Object item(Object owner, Object key) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Object found =
        owner instanceof Namespace || owner instanceof Loop
            ? attribute(owner, String.valueOf(key))
            : element(owner, key);
    if (found instanceof Undefined && key instanceof String name) {
      Function method = Methods.of(owner, name);
      return method != null ? method : found;
    }
    return found;
  }

  private static Object element(Object owner, Object key) {
    Object found = null;
    if (owner instanceof Map<?, ?> map) {
      found = map.get(Values.key(key));
    } else if (owner instanceof List<?> list && key instanceof Long index) {
      long at = index < 0 ? index + list.size() : index;
      found = at >= 0 && at < list.size() ? list.get((int) at) : null;
    } else if (owner instanceof String text && key instanceof Long index) {
      int size = text.codePointCount(0, text.length());
      long at = index < 0 ? index + size : index;
      found = at >= 0 && at < size ? Character.toString(codePoint(text, (int) at)) : null;
    }
    return found == null ? Undefined.in(owner, key) : found;
  }

  private static int codePoint(String text, int index) {
    return text.codePointAt(text.offsetByCodePoints(0, index));
  }

  /** {@code owner[from:to:step]}; None stands for what is left out. */
  static Object slice(Object owner, Object from, Object to, Object step, Run run) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!(owner instanceof String) && !(owner instanceof List)) {
      throw new Fault("%s cannot be sliced".formatted(Values.typeName(owner)));
    }
    long by = step instanceof None ? 1 : whole(step);
    if (by == 0) {
      throw new Fault("the step of a slice is 0");
    }
    if (owner instanceof String text && by == 1) {
      int size = text.codePointCount(0, text.length());
      int start = (int) bound(from, size, 0, 0, size);
      int end = Math.max(start, (int) bound(to, size, size, 0, size));
      return run.taken(
          text.substring(text.offsetByCodePoints(0, start), text.offsetByCodePoints(0, end)));
    }
    List<Object> items = Values.items(owner, run);
    int size = items.size();
    long start =
        bound(from, size, by > 0 ? 0 : size - 1, by > 0 ? 0 : -1, by > 0 ? size : size - 1);
    long end = bound(to, size, by > 0 ? size : -1, by > 0 ? 0 : -1, by > 0 ? size : size - 1);
    List<Object> taken = new ArrayList<>();
    for (long i = start; by > 0 ? i < end : i > end; i += by) {
      taken.add(items.get((int) i));
    }
    run.taken(taken);
    if (owner instanceof List) {
      return taken;
    }
    StringBuilder text = new StringBuilder();
    taken.forEach(text::append);
    return text.toString();
  }

  private static long bound(Object given, int size, long missing, long least, long most) {
    if (given instanceof None) {
      return missing;
    }
    long value = whole(given);
    return Math.max(least, Math.min(most, value < 0 ? value + size : value));
  }

  private static long whole(Object value) {
    if (value instanceof Long number && Math.abs(number) <= Integer.MAX_VALUE) {
      return number;
    }
    throw new Fault("a slice takes whole numbers, found %s".formatted(Values.typeName(value)));
  }
}
