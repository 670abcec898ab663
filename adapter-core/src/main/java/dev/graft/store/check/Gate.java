package dev.graft.store.check;

import dev.graft.adapter.NearestNames;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition on one metric, such as {@code evalAccuracy>=0.9}.
 *
 * @param metric its name
 * @param operator how it is compared
 * @param bound with what
 */
public record Gate(String metric, Operator operator, double bound) {
  private static final Pattern FORM =
      Pattern.compile(
          "\\s*([A-Za-z][A-Za-z0-9_.-]{0,63})\\s*(>=|<=|>|<)\\s*([-+0-9.eE]{1,30})\\s*");

  /** How a metric is compared. */
  public enum Operator {
    /** At least. */
    AT_LEAST(">="),
    /** At most. */
    AT_MOST("<="),
    /** More than. */
    MORE_THAN(">"),
    /** Less than. */
    LESS_THAN("<");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }

    private static Operator of(String sign) {
      for (Operator operator : values()) {
        if (operator.sign.equals(sign)) {
          return operator;
        }
      }
      throw new IllegalArgumentException("unknown operator " + sign);
    }

    private boolean holds(double value, double bound) {
      return switch (this) {
        case AT_LEAST -> value >= bound;
        case AT_MOST -> value <= bound;
        case MORE_THAN -> value > bound;
        case LESS_THAN -> value < bound;
      };
    }
  }

  /** Check the bound. */
  public Gate {
    if (!Double.isFinite(bound)) {
      throw new IllegalArgumentException("the bound of a gate must be finite, found " + bound);
    }
  }

  /**
   * Read a gate.
   *
   * @throws IllegalArgumentException if the text is none
   */
  public static Gate parse(String text) {
    Matcher form = FORM.matcher(text.length() > 200 ? "" : text);
    if (!form.matches()) {
      throw bad(text);
    }
    try {
      return new Gate(form.group(1), Operator.of(form.group(2)), Double.parseDouble(form.group(3)));
    } catch (NumberFormatException e) {
      throw bad(text);
    }
  }

  private static IllegalArgumentException bad(String text) {
    return new IllegalArgumentException(
        "gate \"%.80s\" is not METRIC>=NUMBER; the operators are >=, <=, > and <".formatted(text));
  }

  /** Why a version of these metrics does not pass; empty where it does. */
  public Optional<String> failure(Map<String, Double> metrics) {
    Double value = metrics.get(metric);
    if (value == null) {
      String near = NearestNames.suggestion(metric, metrics.keySet());
      return Optional.of(
          "%s is required, but the version has no metric \"%s\"; it has %s%s"
              .formatted(this, metric, metrics.keySet(), near.isEmpty() ? "" : ", " + near));
    }
    return operator.holds(value, bound)
        ? Optional.empty()
        : Optional.of("%s is required, found %s".formatted(this, value));
  }

  @Override
  public String toString() {
    return metric + operator.sign + bound;
  }
}
