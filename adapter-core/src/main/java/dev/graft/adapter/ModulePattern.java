package dev.graft.adapter;

import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Regular expressions from adapter files, which nobody vouches for.
 *
 * <p>Compiling is limited in length, and matching in steps, so that a hostile expression such as
 * {@code (a+)+$} ends in an error and not in a thread that never returns.
 */
public final class ModulePattern {
  private static final int MAX_LENGTH = 4096;
  private static final int MAX_STEPS = 1_000_000;
  private static final Pattern LITERAL = Pattern.compile("[\\w.-]+");

  private ModulePattern() {}

  /**
   * Check an expression without matching it.
   *
   * @throws IllegalArgumentException if it is not a regular expression or longer than 4096
   *     characters
   */
  public static void check(String pattern) {
    compile(pattern);
  }

  private static Pattern compile(String pattern) {
    if (pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "module pattern of %d characters is longer than %d; name the modules in a list"
              .formatted(pattern.length(), MAX_LENGTH));
    }
    try {
      // Python writes named groups (?P<name>...); the rest of what people use is the same in both.
      return Pattern.compile(pattern.replace("(?P<", "(?<"));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "module pattern \"%s\" is not a regular expression: %s at character %d"
              .formatted(pattern, e.getDescription(), e.getIndex()),
          e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          "module pattern \"%s\" is nested too deeply".formatted(abbreviate(pattern)), e);
    }
  }

  /** Python's {@code re.fullmatch}. */
  static boolean fullMatch(String pattern, String module) {
    return run(pattern, matcher(pattern, module), Matcher::matches);
  }

  /**
   * Whether the end of a path, from a dot or from its start, matches; PEFT's {@code (.*\.)?(key)$}.
   *
   * @throws IllegalArgumentException if the expression backtracks without end
   */
  public static boolean matchesEnd(String key, String module) {
    if (!LITERAL.matcher(key).matches()) {
      return fullMatch("(.*\\.)?(" + key + ")", module);
    }
    // Adapters may have thousands of plain keys; only '.' has a meaning in them.
    int start = module.length() - key.length();
    if (start < 0 || (start > 0 && module.charAt(start - 1) != '.')) {
      return false;
    }
    for (int i = 0; i < key.length(); i++) {
      if (key.charAt(i) != '.' && key.charAt(i) != module.charAt(start + i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Python's {@code re.match}, anchored at the start only: the text of a named group, or empty
   * where nothing matches.
   */
  static String groupAtStart(String pattern, String group, String module) {
    Matcher matcher = matcher(pattern, module);
    return run(pattern, matcher, Matcher::lookingAt) ? matcher.group(group) : "";
  }

  private static Matcher matcher(String pattern, String module) {
    return compile(pattern).matcher(new CountedText(module, new int[1], pattern));
  }

  private static boolean run(String pattern, Matcher matcher, Predicate<Matcher> match) {
    try {
      return match.test(matcher);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          "module pattern \"%s\" needs too deep a recursion".formatted(abbreviate(pattern)), e);
    }
  }

  private static String abbreviate(String pattern) {
    return pattern.length() <= 80 ? pattern : pattern.substring(0, 80) + "...";
  }

  /** Text that counts how often the matcher looks at it. */
  private static final class CountedText implements CharSequence {
    private final CharSequence text;
    private final int[] steps;
    private final String pattern;

    CountedText(CharSequence text, int[] steps, String pattern) {
      this.text = text;
      this.steps = steps;
      this.pattern = pattern;
    }

    @Override
    public char charAt(int index) {
      if (++steps[0] > MAX_STEPS) {
        throw new IllegalArgumentException(
            "module pattern \"%s\" backtracks without end on \"%s\"; simplify it"
                .formatted(abbreviate(pattern), text));
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new CountedText(text.subSequence(start, end), steps, pattern);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
