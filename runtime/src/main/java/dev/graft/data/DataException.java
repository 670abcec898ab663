package dev.graft.data;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A data file cannot be used; the message begins with file and line. */
public final class DataException extends IOException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  private DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static DataException at(Path file, long line, String problem) {
    return at(file, line, problem, null);
  }

  static DataException at(Path file, long line, String problem, @Nullable Throwable cause) {
    return new DataException("%s:%d: %s".formatted(file, line, problem), cause);
  }

  static DataException in(Path file, String problem) {
    return new DataException("%s: %s".formatted(file, problem));
  }
}
