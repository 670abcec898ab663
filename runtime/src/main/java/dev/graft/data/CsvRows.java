package dev.graft.data;

import dev.graft.text.NearestNames;
import java.io.Closeable;
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
final class CsvRows implements Closeable {
  private final Path file;
  private final Utf8Lines lines;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;
  private final List<String> header;

  /**
   * Where the record read last begins: one line after the one before it ended, blank lines aside.
   */
  private long start = 1;

  private long ended;

  CsvRows(Path file, char delimiter) throws IOException {
    this.file = file;
    this.lines = new Utf8Lines(file);
    boolean complete = false;
    try {
      CSVFormat format =
          CSVFormat.DEFAULT.builder().setDelimiter(delimiter).setIgnoreEmptyLines(true).get();
      this.parser = CSVParser.builder().setReader(new LinesReader(lines)).setFormat(format).get();
      this.records = parser.iterator();
      this.header = readHeader();
      complete = true;
    } finally {
      if (!complete) {
        lines.close();
      }
    }
  }

  /** The names of the columns. */
  List<String> header() {
    return header;
  }

  /** The values of the next row, as many as there are columns; empty at the end. */
  Optional<List<String>> next() throws IOException {
    Optional<CSVRecord> found = record();
    if (found.isPresent() && found.get().size() != header.size()) {
      throw problem(
          "row has %d values, expected the header's %d; a value that contains the delimiter must be quoted"
              .formatted(found.get().size(), header.size()));
    }
    return found.map(CSVRecord::toList);
  }

  /** The line that the row read last begins at, from 1. */
  long line() {
    return start;
  }

  DataException problem(String what) {
    return DataException.at(file, start, what);
  }

  /** The place of a column that must be there. */
  int require(String column) throws DataException {
    int index = header.indexOf(column);
    if (index < 0) {
      throw problem(
          "header has no column \"%s\", it has %s%s; the first line must name the columns"
              .formatted(column, NearestNames.list(header), NearestNames.hint(column, header)));
    }
    return index;
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
