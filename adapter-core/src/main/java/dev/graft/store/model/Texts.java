package dev.graft.store.model;

import java.nio.charset.StandardCharsets;

/** Free texts that the registry keeps: who did something, and why. */
public final class Texts {
  /** The most characters of an author. */
  public static final int MAX_AUTHOR = 200;

  /** The most characters of a note. */
  public static final int MAX_NOTE = 4000;

  private Texts() {}

  /**
   * Return {@code text} if it can be kept. Databases take no NUL and no half of a surrogate pair,
   * and a log is read in terminals.
   *
   * @param kind what it is, for the message: {@code note}
   * @throws IllegalArgumentException if it is too long or has control characters
   */
  public static String check(String kind, String text, int max) {
    if (text.length() > max) {
      throw new IllegalArgumentException(
          "%s has %d characters, at most %d are kept".formatted(kind, text.length(), max));
    }
    boolean plain =
        text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')
            && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    if (!plain) {
      throw new IllegalArgumentException(
          "%s %s has a control character or half of a surrogate pair"
              .formatted(kind, Names.quote(text)));
    }
    return text;
  }
}
