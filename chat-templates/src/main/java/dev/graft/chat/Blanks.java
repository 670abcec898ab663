package dev.graft.chat;

/** White space as Python counts it. */
final class Blanks {
  private Blanks() {}

  static boolean is(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }

  /** Whether there is something from a place on, and all of it is white space. */
  static boolean all(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (!is(text.charAt(i))) {
        return false;
      }
    }
    return from < text.length();
  }

  static String stripStart(String text) {
    int from = 0;
    while (from < text.length() && is(text.charAt(from))) {
      from++;
    }
    return text.substring(from);
  }

  static String stripEnd(String text) {
    int to = text.length();
    while (to > 0 && is(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(0, to);
  }
}
