package dev.graft.cli.screen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Columns of text. A column whose header starts with {@code >} is set to the right, as numbers are.
 */
public final class TextTable {
  private static final String GAP = "   ";

  private final Style style;
  private final List<String> headers;
  private final List<List<String>> rows = new ArrayList<>();

  public TextTable(Style style, String... headers) {
    this.style = style;
    this.headers = List.copyOf(Arrays.asList(headers));
  }

  /** Adds a row; cells may hold colours. */
  public TextTable row(Object... cells) {
    if (cells.length != headers.size()) {
      throw new IllegalArgumentException(
          "a row of %d cells in a table of %d columns".formatted(cells.length, headers.size()));
    }
    rows.add(Arrays.stream(cells).map(String::valueOf).toList());
    return this;
  }

  /** Whether it has rows. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The table, each line after {@code indent}, without a line break at the end. */
  public String render(String indent) {
    return render(indent, widths(), headers.size());
  }

  /**
   * The table without those of its last columns that do not fit. Two columns stay whatever they
   * take.
   *
   * @param columns the width of the screen
   */
  public String renderWithin(String indent, int columns) {
    int[] widths = widths();
    int shown = widths.length;
    while (shown > 2 && width(indent, widths, shown) > columns) {
      shown--;
    }
    return render(indent, widths, shown);
  }

  private static int width(String indent, int[] widths, int shown) {
    return indent.length() + Arrays.stream(widths, 0, shown).sum() + GAP.length() * (shown - 1);
  }

  private int[] widths() {
    int[] widths = new int[headers.size()];
    List<String> titles = titles();
    for (int column = 0; column < widths.length; column++) {
      widths[column] = Style.width(titles.get(column));
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], Style.width(row.get(column)));
      }
    }
    return widths;
  }

  private List<String> titles() {
    return headers.stream().map(h -> h.startsWith(">") ? h.substring(1) : h).toList();
  }

  private String render(String indent, int[] widths, int shown) {
    List<String> titles = titles();
    List<String> lines = new ArrayList<>();
    if (titles.stream().anyMatch(t -> !t.isEmpty())) {
      lines.add(line(indent, titles.stream().map(style::dim).toList(), widths, shown));
    }
    rows.forEach(row -> lines.add(line(indent, row, widths, shown)));
    return String.join(System.lineSeparator(), lines);
  }

  private String line(String indent, List<String> cells, int[] widths, int shown) {
    StringBuilder line = new StringBuilder(indent);
    for (int column = 0; column < shown; column++) {
      String cell = cells.get(column);
      String padding = " ".repeat(widths[column] - Style.width(cell));
      line.append(column == 0 ? "" : GAP);
      line.append(headers.get(column).startsWith(">") ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }
}
