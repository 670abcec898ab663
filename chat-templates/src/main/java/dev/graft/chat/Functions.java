package dev.graft.chat;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that every template sees. */
final class Functions {
  private static final long MOST_NUMBERS = 100_000;

  /** What {@code strftime} knows, in Python's letters and Java's. */
  private static final Map<Character, String> DATE_PARTS =
      Map.ofEntries(
          Map.entry('d', "dd"),
          Map.entry('b', "MMM"),
          Map.entry('B', "MMMM"),
          Map.entry('m', "MM"),
          Map.entry('y', "yy"),
          Map.entry('Y', "yyyy"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('M', "mm"),
          Map.entry('S', "ss"),
          Map.entry('p', "a"),
          Map.entry('a', "EEE"),
          Map.entry('A', "EEEE"),
          Map.entry('j', "DDD"));

  static final Map<String, Function> TABLE =
      Map.of(
          "range",
          Function.of("range", 1, List.of("start", "stop", "step"), Functions::range),
          "namespace",
          Functions::namespace,
          "dict",
          Functions::dict,
          "raise_exception",
          Function.of("raise_exception", 1, List.of("message"), Functions::raise),
          "strftime_now",
          Function.of("strftime_now", 1, List.of("format"), Functions::now));

  private Functions() {}

  private static Object range(Args args) {
    long first = args.number(0, 0);
    boolean one = !args.has(1);
    long start = one ? 0 : first;
    long stop = one ? first : args.number(1, 0);
    long step = args.number(2, 1);
    if (step == 0) {
      throw new Fault("the step of range is 0");
    }
    long count = Math.max(0, (stop - start + step - Long.signum(step)) / step);
    if (count > MOST_NUMBERS) {
      throw new Fault("range of %d numbers, expected at most %d".formatted(count, MOST_NUMBERS));
    }
    List<Object> numbers = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      numbers.add(start + i * step);
    }
    return args.run().taken(numbers);
  }

  private static Object namespace(Run run, List<Object> values, Map<String, Object> named) {
    Namespace made = new Namespace();
    for (Object value : values) {
      if (!(value instanceof Map<?, ?> map)) {
        throw new Fault("namespace takes named values or a mapping");
      }
      map.forEach((key, member) -> made.set(String.valueOf(key), member));
    }
    named.forEach(made::set);
    return made;
  }

  private static Object dict(Run run, List<Object> values, Map<String, Object> named) {
    Map<Object, Object> made = new LinkedHashMap<>();
    for (Object value : values) {
      if (!(value instanceof Map<?, ?> map)) {
        throw new Fault("dict takes named values or a mapping");
      }
      made.putAll(map);
    }
    made.putAll(named);
    run.take(8L * made.size());
    return made;
  }

  private static Object raise(Args args) {
    throw new Fault(
        "the template refuses the conversation: %s"
            .formatted(PythonText.of(args.get(0), args.run())));
  }

  private static Object now(Args args) {
    ZonedDateTime now = ZonedDateTime.now(args.run().clock());
    String format = args.text(0);
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < format.length()) {
      char c = format.charAt(i++);
      if (c != '%') {
        text.append(c);
        continue;
      }
      boolean unpadded = i < format.length() && format.charAt(i) == '-';
      i += unpadded ? 1 : 0;
      text.append(datePart(i < format.length() ? format.charAt(i) : ' ', unpadded, now));
      i++;
    }
    return args.run().taken(text.toString());
  }

  private static String datePart(char letter, boolean unpadded, ZonedDateTime now) {
    String part = DATE_PARTS.get(letter);
    if (letter == '%') {
      return "%";
    }
    if (part == null) {
      throw new Fault("strftime_now does not know \"%%%s\"".formatted(letter));
    }
    String written = now.format(DateTimeFormatter.ofPattern(part, Locale.ENGLISH));
    return unpadded && written.startsWith("0") ? written.substring(1) : written;
  }
}
