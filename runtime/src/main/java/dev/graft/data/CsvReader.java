package dev.graft.data;

import dev.graft.text.NearestNames;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Delimited values whose first record names the columns; quoted values may span lines. */
final class CsvReader implements ExampleReader {
  private final Path file;
  private final Columns columns;
  private final Utf8Lines lines;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;
  private final List<String> header;
  private final int textIndex;
  private final int labelIndex;
  private final int adapterIndex;

  /**
   * Where the record read last begins: one line after the one before it ended, blank lines aside.
   */
  private long start = 1;

  private long ended;

  CsvReader(Path file, char delimiter, Columns columns) throws IOException {
    this.file = file;
    this.columns = columns;
    this.lines = new Utf8Lines(file);
    boolean complete = false;
    try {
      CSVFormat format =
          CSVFormat.DEFAULT.builder().setDelimiter(delimiter).setIgnoreEmptyLines(true).get();
      this.parser = CSVParser.builder().setReader(new LinesReader(lines)).setFormat(format).get();
      this.records = parser.iterator();
      this.header = readHeader();
      this.textIndex = requireText();
      this.labelIndex = header.indexOf(columns.label());
      this.adapterIndex = header.indexOf(columns.adapter());
      complete = true;
    } finally {
      if (!complete) {
        lines.close();
      }
    }
  }

  @Override
  public Optional<Example> next() throws IOException {
    Optional<CSVRecord> found = record();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    CSVRecord record = found.get();
    if (record.size() != header.size()) {
      throw DataException.at(
          file,
          start,
          "row has %d values, expected the header's %d; a value that contains the delimiter must be quoted"
              .formatted(record.size(), header.size()));
    }
    return Optional.of(
        new Example(
            record.get(textIndex), value(record, labelIndex), start, value(record, adapterIndex)));
  }

  private static Optional<String> value(CSVRecord record, int index) {
    return index < 0
        ? Optional.empty()
        : Optional.of(record.get(index).strip()).filter(value -> !value.isEmpty());
  }

  private List<String> readHeader() throws IOException {
    Optional<CSVRecord> first = record();
    if (first.isEmpty()) {
      throw DataException.in(
          file, "file is empty, expected a header that names the columns, such as \"text,label\"");
    }
    List<String> names = first.get().stream().map(String::strip).toList();
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw DataException.at(file, start, "header names column \"%s\" twice".formatted(name));
      }
    }
    return names;
  }

  private int requireText() throws DataException {
    int index = header.indexOf(columns.text());
    if (index < 0) {
      throw DataException.at(
          file,
          start,
          "header has no column \"%s\", it has %s%s; the first line must name the columns"
              .formatted(
                  columns.text(),
                  NearestNames.list(header),
                  NearestNames.hint(columns.text(), header)));
    }
    return index;
  }

  private Optional<CSVRecord> record() throws IOException {
    try {
      if (!records.hasNext()) {
        return Optional.empty();
      }
      CSVRecord record = records.next();
      long breaks =
          record.stream().mapToLong(value -> value.chars().filter(c -> c == '\n').count()).sum();
      ended = parser.getCurrentLineNumber();
      start = ended - breaks;
      return Optional.of(record);
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      if (cause instanceof CSVException) {
        throw broken(cause);
      }
      throw cause;
    } catch (IllegalStateException e) {
      throw broken(e);
    }
  }

  private DataException broken(Exception cause) {
    return DataException.at(
        file, ended + 1, "broken quoting: %s".formatted(cause.getMessage()), cause);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /** Strictly decoded lines as the character stream that the CSV parser wants. */
  private static final class LinesReader extends Reader {
    private final Utf8Lines lines;
    private String current = "";
    private int position;

    LinesReader(Utf8Lines lines) {
      this.lines = lines;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
      if (position == current.length()) {
        String next = lines.next();
        if (next == null) {
          return -1;
        }
        current = next + "\n";
        position = 0;
      }
      int count = Math.min(length, current.length() - position);
      current.getChars(position, position + count, target, offset);
      position += count;
      return count;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
