package dev.graft.data;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads the examples of a file one by one; whoever opens it closes it. For one thread.
 *
 * <p>Blank lines are skipped, a byte order mark is dropped. A text may be empty: that is for the
 * caller to judge.
 */
public interface ExampleReader extends Closeable {
  /**
   * Open a file in the format its name tells.
   *
   * @throws IOException if it cannot be read
   */
  static ExampleReader open(Path file, Columns columns) throws IOException {
    return open(file, DataFormat.of(file), columns);
  }

  /** Open a file in a given format. */
  static ExampleReader open(Path file, DataFormat format, Columns columns) throws IOException {
    return switch (format) {
      case JSONL -> new JsonLinesReader(file, columns);
      case CSV -> new CsvReader(file, ',', columns);
      case TSV -> new CsvReader(file, '\t', columns);
    };
  }

  /**
   * Read the next example; empty at the end of the file.
   *
   * @throws DataException if the row is not well-formed, has no text column, or its bytes are not
   *     UTF-8
   */
  Optional<Example> next() throws IOException;
}
