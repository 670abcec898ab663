package dev.graft.data;

import dev.graft.text.NearestNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Makes a prompt of a row's columns: {@code Name: {name}\n} puts the column {@code name} there.
 *
 * <p>Doubled braces stand for braces, {@code \n}, {@code \t} and {@code \\} for a line feed, a tab
 * and a backslash. Values are put in as they are; braces in them mean nothing.
 */
public final class PromptTemplate {
  private final String source;
  // Text and column names in turn, beginning with text.
  private final List<String> parts;

  private PromptTemplate(String source, List<String> parts) {
    this.source = source;
    this.parts = parts;
  }

  /**
   * Read a template.
   *
   * @throws IllegalArgumentException if a brace is not closed, or no column is named
   */
  public static PromptTemplate parse(String source) {
    List<String> parts = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < source.length()) {
      char c = source.charAt(i);
      char next = i + 1 < source.length() ? source.charAt(i + 1) : 0;
      if ((c == '{' || c == '}') && next == c) {
        text.append(c);
        i += 2;
      } else if (c == '{') {
        int end = source.indexOf('}', i);
        if (end < 0 || source.substring(i + 1, end).isBlank()) {
          throw broken(source, i, "is not followed by a column name and \"}\"");
        }
        parts.add(text.toString());
        parts.add(source.substring(i + 1, end).strip());
        text.setLength(0);
        i = end + 1;
      } else if (c == '}') {
        throw broken(source, i, "closes nothing");
      } else if (c == '\\' && "nt\\".indexOf(next) >= 0) {
        text.append(next == 'n' ? '\n' : next == 't' ? '\t' : '\\');
        i += 2;
      } else {
        text.append(c);
        i++;
      }
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException(
          "template \"%s\" names no column, expected one such as {prompt}".formatted(source));
    }
    parts.add(text.toString());
    return new PromptTemplate(source, List.copyOf(parts));
  }

  private static IllegalArgumentException broken(String source, int at, String problem) {
    return new IllegalArgumentException(
        "template \"%s\": \"%s\" at character %d %s; write {{ and }} for braces"
            .formatted(source, source.charAt(at), at + 1, problem));
  }

  /** The columns it names, in order. */
  List<String> columns() {
    List<String> columns = new ArrayList<>();
    for (int i = 1; i < parts.size(); i += 2) {
      columns.add(parts.get(i));
    }
    return columns;
  }

  /** Put a row's values in. */
  String fill(Function<String, String> value) {
    StringBuilder filled = new StringBuilder(parts.get(0));
    for (int i = 1; i < parts.size(); i += 2) {
      filled.append(value.apply(parts.get(i))).append(parts.get(i + 1));
    }
    return filled.toString();
  }

  /** Why a column cannot be filled in. */
  String missing(String column, Collection<String> known) {
    return "template \"%s\" names column \"%s\", the row has %s%s"
        .formatted(source, column, NearestNames.list(known), NearestNames.hint(column, known));
  }

  @Override
  public String toString() {
    return source;
  }
}
