package dev.graft.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Texts changed as Python changes them. */
final class Texts {
  private Texts() {}

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String capitalized(String text) {
    int first = text.isEmpty() ? 0 : text.offsetByCodePoints(0, 1);
    return upper(text.substring(0, first)) + lower(text.substring(first));
  }

  /** Jinja's filter: a word begins after white space, a hyphen or an opening bracket. */
  static String titleOfWords(String text) {
    return title(text, c -> Character.isWhitespace(c) || "-({[<".indexOf(c) >= 0);
  }

  /** Python's method: a word begins after what is no letter. */
  static String titleOfLetters(String text) {
    return title(text, c -> !Character.isLetter(c));
  }

  /** Whether a word begins behind a character. */
  private interface Break {
    boolean after(int c);
  }

  private static String title(String text, Break words) {
    StringBuilder out = new StringBuilder();
    boolean start = true;
    for (int c : text.codePoints().toArray()) {
      String letter = Character.toString(c);
      out.append(start ? upper(letter) : lower(letter));
      start = words.after(c);
    }
    return out.toString();
  }

  /** Strip white space, or any of some characters. */
  static String strip(String text, String chars, boolean start, boolean end) {
    int from = 0;
    int to = text.length();
    while (start && from < to && stripped(text.charAt(from), chars)) {
      from++;
    }
    while (end && to > from && stripped(text.charAt(to - 1), chars)) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean stripped(char c, String chars) {
    return chars.isEmpty() ? Blanks.is(c) : chars.indexOf(c) >= 0;
  }

  /** Replace a part, at most {@code count} times; a negative count means all. */
  static String replace(String text, String old, String with, int count, Run run) {
    run.search(text, old);
    if (old.isEmpty()) {
      throw new Fault("an empty text cannot be replaced");
    }
    Output out = new Output(run);
    int from = 0;
    int found = text.indexOf(old);
    for (int i = 0; found >= 0 && (count < 0 || i < count); i++) {
      out.append(text.substring(from, found));
      out.append(with);
      from = found + old.length();
      found = text.indexOf(old, from);
    }
    out.append(text.substring(from));
    return out.toString();
  }

  /** Arguments: text, width, first, blank. */
  static String indent(Args args) {
    String text = PythonText.of(args.get(0), args.run());
    int width = args.get(1, 4L) instanceof String ? 0 : Math.max(0, args.number(1, 4));
    args.run().take(width);
    String indent = args.get(1, 4L) instanceof String given ? given : " ".repeat(width);
    Output out = new Output(args.run());
    boolean first = true;
    for (String line : lines(text)) {
      if (!first) {
        out.append("\n");
      }
      if (first ? args.flag(2) : !line.isEmpty() || args.flag(3)) {
        out.append(indent);
      }
      out.append(line);
      first = false;
    }
    return out.toString();
  }

  private static List<String> lines(String text) {
    return parts(text, "\n", -1);
  }

  /** Split at a separator, at most {@code count} times; a negative count means everywhere. */
  static List<String> parts(String text, String separator, int count) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    int found = text.indexOf(separator);
    while (found >= 0 && (count < 0 || parts.size() < count)) {
      parts.add(text.substring(from, found));
      from = found + separator.length();
      found = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  /** The same from the end. */
  static List<String> lastParts(String text, String separator, int count) {
    List<String> parts = new ArrayList<>();
    int to = text.length();
    int found = text.lastIndexOf(separator);
    while (found >= 0 && (count < 0 || parts.size() < count)) {
      parts.add(text.substring(found + separator.length(), to));
      to = found;
      int before = found - separator.length();
      found = before < 0 ? -1 : text.lastIndexOf(separator, before);
    }
    parts.add(text.substring(0, to));
    Collections.reverse(parts);
    return parts;
  }

  /** Split at white space, at most {@code count} times; no part is empty. */
  static List<String> words(String text, int count) {
    List<String> words = new ArrayList<>();
    int from = skip(text, 0, true);
    while (from < text.length()) {
      int end = count >= 0 && words.size() == count ? text.length() : skip(text, from, false);
      words.add(text.substring(from, end));
      from = skip(text, end, true);
    }
    return words;
  }

  private static int skip(String text, int from, boolean blanks) {
    int i = from;
    while (i < text.length() && Blanks.is(text.charAt(i)) == blanks) {
      i++;
    }
    return i;
  }

  /** Lines without their ends; no empty one after the last end. */
  static List<String> splitLines(String text) {
    List<String> lines = lines(text.replace("\r\n", "\n").replace('\r', '\n'));
    if (lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }
}
