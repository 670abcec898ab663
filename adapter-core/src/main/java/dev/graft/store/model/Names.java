package dev.graft.store.model;

import java.util.Locale;

/**
 * Names of tenants, adapters, aliases and tags: {@code [a-z0-9][a-z0-9._-]{0,62}}.
 *
 * <p>A name is a key and never part of a path. The alphabet has no two letters that look the same.
 */
public final class Names {
  /** The most letters of a name. */
  public static final int MAX_LENGTH = 63;

  private static final int QUOTED_LENGTH = 80;

  private Names() {}

  /** Whether {@code text} is a name. */
  public static boolean isName(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH || !isFirst(text.charAt(0))) {
      return false;
    }
    return text.chars().allMatch(letter -> isFirst(letter) || ".-_".indexOf(letter) >= 0);
  }

  private static boolean isFirst(int letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  }

  /**
   * Return {@code text} if it is a name.
   *
   * @param kind what it names, for the message: {@code tenant}
   * @throws IllegalArgumentException if it is none
   */
  public static String check(String kind, String text) {
    if (isName(text)) {
      return text;
    }
    String lower = text.toLowerCase(Locale.ROOT);
    throw new IllegalArgumentException(
        "%s %s is not a name; expected 1 to %d of a-z, 0-9, '.', '_' and '-', the first a letter or digit%s"
            .formatted(
                kind,
                quote(text),
                MAX_LENGTH,
                isName(lower) ? "; did you mean \"" + lower + "\"?" : ""));
  }

  /** A text from outside as a message can show it: cut, and with nothing but printable ASCII. */
  public static String quote(String text) {
    StringBuilder shown = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), QUOTED_LENGTH); i++) {
      char letter = text.charAt(i);
      if (letter >= ' ' && letter < 0x7f) {
        shown.append(letter);
      } else {
        shown.append("\\u%04x".formatted((int) letter));
      }
    }
    shown.append('"');
    if (text.length() > QUOTED_LENGTH) {
      shown.append("... (%d characters)".formatted(text.length()));
    }
    return shown.toString();
  }
}
