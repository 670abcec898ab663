package dev.graft.adapter;

import java.util.List;
import java.util.Locale;

/** Which modules are meant, in one of the three ways PEFT knows. */
public sealed interface TargetModules {

  /**
   * Modules whose path is one of {@code names}, or ends in a dot and one of them.
   *
   * @param names in the order given; an empty list names no module
   */
  record Suffixes(List<String> names) implements TargetModules {
    /**
     * Check and copy the names.
     *
     * @throws IllegalArgumentException if a name is blank or given twice
     */
    public Suffixes {
      names = List.copyOf(names);
      for (String name : names) {
        if (name.isBlank()) {
          throw new IllegalArgumentException("blank module name in %s".formatted(names));
        }
      }
      if (names.stream().distinct().count() != names.size()) {
        throw new IllegalArgumentException("module name given twice in %s".formatted(names));
      }
    }
  }

  /**
   * Modules whose whole path matches a regular expression (Python's syntax, as far as Java's
   * agrees).
   *
   * @param pattern the expression as written in the file
   */
  record Regex(String pattern) implements TargetModules {
    /**
     * Check the expression.
     *
     * @throws IllegalArgumentException if it is not a regular expression or longer than 4096
     *     characters
     */
    public Regex {
      ModulePattern.check(pattern);
    }
  }

  /** Every linear module but the output head. */
  record AllLinear() implements TargetModules {}

  /** Name modules by path or by the end of their path. */
  static TargetModules suffixes(String... names) {
    return new Suffixes(List.of(names));
  }

  /** No module at all. */
  static TargetModules none() {
    return new Suffixes(List.of());
  }

  /** Read PEFT's single string: {@code all-linear} in any case, or else a regular expression. */
  static TargetModules parse(String text) {
    return text.toLowerCase(Locale.ROOT).equals("all-linear") ? new AllLinear() : new Regex(text);
  }
}
