package dev.graft.chat;

import java.util.ArrayList;
import java.util.List;

/** Arithmetic and joining, as Python does them. */
final class Operators {
  private Operators() {}

  static Object apply(String operator, Object a, Object b, Run run) {
    if (operator.equals("~")) {
      return joined(PythonText.of(a, run), PythonText.of(b, run), run);
    }
    if (operator.equals("+") && a instanceof String x && b instanceof String y) {
      return joined(x, y, run);
    }
    if (operator.equals("+") && a instanceof List<?> x && b instanceof List<?> y) {
      List<Object> both = new ArrayList<>(x);
      both.addAll(y);
      return run.taken(both);
    }
    if (operator.equals("*") && (a instanceof String || b instanceof String)) {
      return a instanceof String text ? repeated(text, b, run) : repeated((String) b, a, run);
    }
    if (!Values.isNumber(a) || !Values.isNumber(b)) {
      throw new Fault(
          "\"%s\" is not possible between %s and %s"
              .formatted(operator, Values.typeName(a), Values.typeName(b)));
    }
    Number x = Values.number(a);
    Number y = Values.number(b);
    if ("/%//".contains(operator) && y.doubleValue() == 0) {
      throw new Fault("division by zero");
    }
    try {
      if (x instanceof Long i && y instanceof Long j && !operator.equals("/")) {
        return whole(operator, i, j);
      }
      return fraction(operator, x.doubleValue(), y.doubleValue());
    } catch (ArithmeticException e) {
      throw new Fault("a number is too large");
    }
  }

  private static String joined(String a, String b, Run run) {
    run.take((long) a.length() + b.length());
    return a + b;
  }

  private static String repeated(String text, Object times, Run run) {
    if (!(times instanceof Long count)) {
      throw new Fault("a string cannot be repeated by %s".formatted(Values.typeName(times)));
    }
    long wanted = Math.max(0, count);
    run.take(text.isEmpty() ? 0 : saturated(wanted, text.length()));
    return text.isEmpty() ? "" : text.repeat((int) wanted);
  }

  private static long saturated(long a, int b) {
    return a > Integer.MAX_VALUE ? Long.MAX_VALUE / 2 : a * b;
  }

  private static Long whole(String operator, long x, long y) {
    return switch (operator) {
      case "+" -> Math.addExact(x, y);
      case "-" -> Math.subtractExact(x, y);
      case "*" -> Math.multiplyExact(x, y);
      case "//" -> Math.floorDiv(x, y);
      case "%" -> Math.floorMod(x, y);
      default -> power(x, y);
    };
  }

  private static long power(long x, long y) {
    if (y < 0 || y > Long.SIZE) {
      throw new Fault("a power of %d is not supported".formatted(y));
    }
    long product = 1;
    for (long i = 0; i < y; i++) {
      product = Math.multiplyExact(product, x);
    }
    return product;
  }

  private static Double fraction(String operator, double x, double y) {
    return switch (operator) {
      case "+" -> x + y;
      case "-" -> x - y;
      case "*" -> x * y;
      case "/" -> x / y;
      case "//" -> Math.floor(x / y);
      case "%" -> x - y * Math.floor(x / y);
      default -> Math.pow(x, y);
    };
  }

  static boolean compare(String operator, Object a, Object b, Run run) {
    return switch (operator) {
      case "==" -> Values.equal(a, b, run);
      case "!=" -> !Values.equal(a, b, run);
      case "in" -> Values.contains(b, a, run);
      case "not in" -> !Values.contains(b, a, run);
      case "<" -> Values.compare(a, b, run) < 0;
      case "<=" -> Values.compare(a, b, run) <= 0;
      case ">" -> Values.compare(a, b, run) > 0;
      default -> Values.compare(a, b, run) >= 0;
    };
  }
}
