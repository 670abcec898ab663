package dev.graft.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Labelled texts in columns. */
final class CsvReader implements ExampleReader {
  private final CsvRows rows;
  private final int textIndex;
  private final int labelIndex;
  private final int adapterIndex;

  CsvReader(Path file, char delimiter, Columns columns) throws IOException {
    this.rows = new CsvRows(file, delimiter);
    boolean complete = false;
    try {
      this.textIndex = rows.require(columns.text());
      this.labelIndex = rows.header().indexOf(columns.label());
      this.adapterIndex = rows.header().indexOf(columns.adapter());
      complete = true;
    } finally {
      if (!complete) {
        rows.close();
      }
    }
  }

  @Override
  public Optional<Example> next() throws IOException {
    return rows.next()
        .map(
            values ->
                new Example(
                    values.get(textIndex),
                    value(values, labelIndex),
                    rows.line(),
                    value(values, adapterIndex)));
  }

  static Optional<String> value(List<String> values, int index) {
    return index < 0
        ? Optional.empty()
        : Optional.of(values.get(index).strip()).filter(value -> !value.isEmpty());
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
