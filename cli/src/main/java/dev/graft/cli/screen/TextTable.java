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
    int[] widths = new int[headers.size()];
    List<String> titles =
        headers.stream().map(h -> h.startsWith(">") ? h.substring(1) : h).toList();
    for (int column = 0; column < widths.length; column++) {
      widths[column] = Style.width(titles.get(column));
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], Style.width(row.get(column)));
      }
    }
    List<String> lines = new ArrayList<>();
    if (titles.stream().anyMatch(t -> !t.isEmpty())) {
      lines.add(line(indent, titles.stream().map(style::dim).toList(), widths));
    }
    rows.forEach(row -> lines.add(line(indent, row, widths)));
    return String.join(System.lineSeparator(), lines);
  }

  private String line(String indent, List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder(indent);
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String padding = " ".repeat(widths[column] - Style.width(cell));
      line.append(column == 0 ? "" : GAP);
      line.append(headers.get(column).startsWith(">") ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }
}
