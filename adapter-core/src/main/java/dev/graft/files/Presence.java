package dev.graft.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Whether something is there. Unlike {@code Files.exists} and its like, a disk that cannot say so
 * is not taken for an answer of no: what is wrongly believed to be missing is made anew, or left
 * out.
 */
public final class Presence {
  private Presence() {}

  /**
   * Whether there is anything of that name; a link counts for what it points to.
   *
   * @throws IOException if that cannot be found out
   */
  public static boolean of(Path path) throws IOException {
    return attributes(path).isPresent();
  }

  /**
   * Whether there is a regular file of that name; a link counts for what it points to.
   *
   * @throws IOException if that cannot be found out
   */
  public static boolean ofFile(Path path) throws IOException {
    return attributes(path).map(BasicFileAttributes::isRegularFile).orElse(false);
  }

  private static Optional<BasicFileAttributes> attributes(Path path) throws IOException {
    try {
      return Optional.of(Files.readAttributes(path, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
