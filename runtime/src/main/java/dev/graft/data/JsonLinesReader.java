package dev.graft.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Labelled texts, one JSON object a line. */
final class JsonLinesReader implements ExampleReader {
  private final JsonRows rows;
  private final Columns columns;

  JsonLinesReader(Path file, Columns columns) throws IOException {
    this.rows = new JsonRows(file);
    this.columns = columns;
  }

  @Override
  public Optional<Example> next() throws IOException {
    Optional<ObjectNode> next = rows.next();
    if (next.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode row = next.get();
    return Optional.of(
        new Example(
            rows.text(row, columns.text()),
            rows.scalar(row, columns.label()),
            rows.line(),
            rows.scalar(row, columns.adapter())));
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
