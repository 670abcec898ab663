package dev.graft.chat;

/** Backslashes in string literals, as Python reads them. */
final class Escapes {
  private static final String LETTERS = "abfnrtv\\'\"";
  private static final String MEANINGS = "\u0007\b\f\n\r\t\u000b\\'\"";

  private Escapes() {}

  static String undo(String literal, int line) {
    StringBuilder text = new StringBuilder(literal.length());
    int i = 0;
    while (i < literal.length()) {
      char c = literal.charAt(i++);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char kind = literal.charAt(i++);
      int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
      int letter = LETTERS.indexOf(kind);
      if (digits > 0) {
        text.appendCodePoint(code(literal, i, digits, line));
        i += digits;
      } else if (letter >= 0) {
        text.append(MEANINGS.charAt(letter));
      } else if (kind >= '0' && kind <= '7') {
        throw TemplateException.at(line, "octal escapes in strings are not supported");
      } else if (kind != '\n') {
        text.append(c).append(kind);
      }
    }
    return text.toString();
  }

  private static int code(String literal, int from, int digits, int line) {
    try {
      int code = Integer.parseInt(literal.substring(from, from + digits), 16);
      if (Character.isValidCodePoint(code)) {
        return code;
      }
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      // Said below.
    }
    throw TemplateException.at(line, "an escape in a string is broken");
  }
}
