package dev.graft.cli.screen;

/**
 * Colours and symbols, or the lack of them.
 *
 * @param colors whether escape sequences may be written
 * @param unicode whether the terminal's character set has more than ASCII
 */
public record Style(boolean colors, boolean unicode) {
  /** No colours, ASCII only. */
  public static final Style PLAIN = new Style(false, false);

  public String bold(String text) {
    return wrap("1", text);
  }

  public String dim(String text) {
    return wrap("2", text);
  }

  public String red(String text) {
    return wrap("31", text);
  }

  public String green(String text) {
    return wrap("32", text);
  }

  public String yellow(String text) {
    return wrap("33", text);
  }

  public String cyan(String text) {
    return wrap("36", text);
  }

  private String wrap(String code, String text) {
    return colors && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }

  /** A tick. */
  public String done() {
    return green(unicode ? "✓" : "ok");
  }

  /** An arrow to the right. */
  public String arrow() {
    return unicode ? "→" : "->";
  }

  /** How many columns a text takes on the screen, escape sequences not counted. */
  public static int width(String text) {
    String visible = text.replaceAll("\u001b\\[[0-9;]*m", "");
    return visible.codePointCount(0, visible.length());
  }
}
