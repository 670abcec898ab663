package dev.graft.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is in a directory. Unlike {@code Files.list} and its like, a disk that fails in the middle
 * is an {@link IOException} as at the beginning.
 */
public final class DirectoryEntries {
  private DirectoryEntries() {}

  /** All entries, in no order. */
  public static List<Path> of(Path directory) throws IOException {
    return of(directory, "*");
  }

  /** The entries whose names a pattern of the shell matches. */
  public static List<Path> of(Path directory, String pattern) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
      found.forEach(entries::add);
    } catch (DirectoryIteratorException e) {
      throw new IOException("%s: %s".formatted(directory, e.getCause()), e.getCause());
    }
    return entries;
  }
}
