package dev.graft.adapter.format;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file is not what its format demands. The message begins with the path and, where known, the
 * place in the file.
 */
public final class AdapterFormatException extends IOException {
  private final Path path;
  private final String where;

  /**
   * Describe a bad file.
   *
   * @param path the file or directory
   * @param where a byte offset ("byte 8"), a JSON pointer ("/r"), a tensor's name, or empty for the
   *     file as a whole
   * @param problem what was found, what was expected, and the remedy
   */
  public AdapterFormatException(Path path, String where, String problem) {
    this(path, where, problem, null);
  }

  /** As the other constructor, with the exception that revealed the problem. */
  public AdapterFormatException(
      Path path, String where, String problem, @Nullable Throwable cause) {
    super(
        where.isEmpty()
            ? "%s: %s".formatted(path, problem)
            : "%s at %s: %s".formatted(path, where, problem),
        cause);
    this.path = path;
    this.where = where;
  }

  /** A bad file as a value's own check describes it. */
  static AdapterFormatException because(Path path, String where, IllegalArgumentException e) {
    return new AdapterFormatException(path, where, String.valueOf(e.getMessage()), e);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** The file or directory. */
  public Path path() {
    return path;
  }

  /** The place in the file; empty for the file as a whole. */
  public String where() {
    return where;
  }
}
