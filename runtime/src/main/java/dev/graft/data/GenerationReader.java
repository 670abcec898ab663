package dev.graft.data;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads the examples of a file for generation one by one; whoever opens it closes it. For one
 * thread.
 *
 * <p>What a row is, its members or columns tell: {@code messages} make a conversation, else a
 * prompt (with or without a completion) makes a prompt, else {@code text} a whole text; a template
 * for the prompt goes first. Texts are taken as they stand, white space included. Blank lines are
 * skipped.
 */
public interface GenerationReader extends Closeable {
  /**
   * Open a file in the format its name tells.
   *
   * @throws IOException if it cannot be read
   */
  static GenerationReader open(Path file, GenerationColumns columns) throws IOException {
    return open(file, DataFormat.of(file), columns);
  }

  /** Open a file in a given format. */
  static GenerationReader open(Path file, DataFormat format, GenerationColumns columns)
      throws IOException {
    return switch (format) {
      case JSONL -> new JsonGenerationReader(file, columns);
      case CSV -> new CsvGenerationReader(file, ',', columns);
      case TSV -> new CsvGenerationReader(file, '\t', columns);
    };
  }

  /**
   * Read the next example; empty at the end of the file.
   *
   * @throws DataException if the row is not well-formed or says nothing that can be learned or
   *     generated from
   */
  Optional<GenerationExample> next() throws IOException;
}
