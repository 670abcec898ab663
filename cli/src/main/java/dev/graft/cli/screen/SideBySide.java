package dev.graft.cli.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Two texts beside each other, wrapped at blanks so that both fit the screen. What is between lines
 * and control characters in a text become blanks.
 */
public final class SideBySide {
  private static final int LEAST = 12;

  /** Longer lines are hard to read. */
  private static final int MOST = 72;

  private final String indent;
  private final String gap;
  private final int width;

  /**
   * Fits two columns into a screen.
   *
   * @param columns width of the screen
   */
  public SideBySide(Style style, int columns, String indent) {
    this.indent = indent;
    this.gap = style.dim(style.unicode() ? " │ " : " | ");
    // The last column stays free: some terminals break the line there.
    int both = columns - 1 - indent.length() - Style.width(gap);
    this.width = Math.max(LEAST, Math.min(MOST, both / 2));
  }

  /** Lines with both texts, each column in its own style; none if both are blank. */
  public List<String> lines(
      String left,
      UnaryOperator<String> leftStyle,
      String right,
      UnaryOperator<String> rightStyle) {
    List<String> lefts = wrap(left, width);
    List<String> rights = wrap(right, width);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < Math.max(lefts.size(), rights.size()); i++) {
      String first = i < lefts.size() ? lefts.get(i) : "";
      String second = i < rights.size() ? rights.get(i) : "";
      String padding = " ".repeat(width - Style.width(first));
      String line = indent + leftStyle.apply(first) + padding + gap + rightStyle.apply(second);
      lines.add(line.stripTrailing());
    }
    return lines;
  }

  /** A text in lines of at most {@code width} characters; longer words are cut. */
  public static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip().split(" ", -1)) {
      String rest = word;
      if (!line.isEmpty() && Style.width(line.toString()) + 1 + Style.width(rest) > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      while (Style.width(rest) > width) {
        int end = rest.offsetByCodePoints(0, width);
        lines.add(rest.substring(0, end));
        rest = rest.substring(end);
      }
      line.append(line.isEmpty() ? "" : " ").append(rest);
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }
}
