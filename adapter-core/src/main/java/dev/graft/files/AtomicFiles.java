package dev.graft.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes files and whole directories so that they are there entirely or not at all. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** Fills a file that is open for writing. */
  public interface FileBody {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Fills a new, empty directory and says what came of it. */
  public interface DirectoryBody<T> {
    T writeTo(Path directory) throws IOException;
  }

  /** Write beside the target, force to the disk, rename over the target. */
  public static void write(Path path, FileBody body) throws IOException {
    if (Files.isDirectory(path)) {
      throw new IOException("%s: is a directory; expected the name of a file".formatted(path));
    }
    Path temporary = sibling(path, "tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        body.writeTo(channel);
        channel.force(true);
      }
      move(temporary, path, true);
    } catch (IOException | RuntimeException e) {
      deleteQuietly(temporary, e);
      throw e;
    }
    forceDirectory(parentOf(path));
  }

  /**
   * As {@link #write}, with a file that nobody but its owner may read, from the first byte on;
   * where the file system knows owners.
   */
  public static void writePrivate(Path path, FileBody body) throws IOException {
    Path temporary = sibling(path, "tmp");
    try {
      try (FileChannel channel = createPrivate(temporary)) {
        body.writeTo(channel);
        channel.force(true);
      }
      move(temporary, path, true);
    } catch (IOException | RuntimeException e) {
      deleteQuietly(temporary, e);
      throw e;
    }
    forceDirectory(parentOf(path));
  }

  static FileChannel createPrivate(Path file) throws IOException {
    return FileChannel.open(
        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), forOwnerAlone(file));
  }

  private static FileAttribute<?>[] forOwnerAlone(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  /**
   * Write a directory beside the target, force it to the disk and rename it into place.
   *
   * @param replace whether an existing target may be replaced. It is moved aside first: a crash
   *     between the two renames leaves the old content whole under a name ending in {@code .old}
   * @return what the body returns
   * @throws FileAlreadyExistsException if the target exists and may not be replaced
   */
  public static <T> T writeDirectory(Path target, boolean replace, DirectoryBody<T> body)
      throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !replace) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "exists already; choose another name or ask to replace it");
    }
    Files.createDirectories(parentOf(target));
    Path temporary = sibling(target, "tmp");
    T result;
    try {
      Files.createDirectory(temporary);
      result = body.writeTo(temporary);
      forceContent(temporary);
      install(temporary, target, replace);
    } catch (IOException | RuntimeException e) {
      deleteQuietly(temporary, e);
      throw e;
    }
    forceDirectory(parentOf(target));
    return result;
  }

  /**
   * Rename a directory that is complete, and whose files are forced to the disk, to a name that is
   * not taken.
   */
  public static void moveDirectory(Path complete, Path target) throws IOException {
    forceDirectory(complete);
    move(complete, target, false);
    forceDirectory(parentOf(target));
  }

  private static void forceContent(Path directory) throws IOException {
    for (Path entry : DirectoryEntries.of(directory)) {
      if (Presence.ofFile(entry)) {
        try (FileChannel channel = FileChannel.open(entry, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
    forceDirectory(directory);
  }

  private static void install(Path temporary, Path target, boolean replace) throws IOException {
    if (!replace || !Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      move(temporary, target, false);
      return;
    }
    Path old = sibling(target, "old");
    move(target, old, false);
    try {
      move(temporary, target, false);
    } catch (IOException e) {
      moveBack(old, target, e);
      throw e;
    }
    deleteTree(old);
  }

  private static void moveBack(Path old, Path target, IOException reason) {
    try {
      move(old, target, false);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  static void move(Path from, Path to, boolean replace) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      if (replace) {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.move(from, to);
      }
    }
  }

  /** Write all that remains in a buffer. */
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  static Path parentOf(Path path) {
    return Objects.requireNonNullElse(path.toAbsolutePath().getParent(), path);
  }

  static Path sibling(Path path, String ending) {
    return parentOf(path)
        .resolve("." + path.getFileName() + "." + UUID.randomUUID() + "." + ending);
  }

  /** Force the names in a directory to the disk. */
  public static void forceDirectory(Path directory) throws IOException {
    // Some systems cannot open a directory; there the rename is as durable as they make it.
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException | UnsupportedOperationException e) {
      return;
    }
  }

  /** As {@link #deleteTree}, for a reason that must not be lost where deleting fails too. */
  public static void deleteQuietly(Path path, Exception reason) {
    try {
      deleteTree(path);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /** Delete a file or a directory with all it holds, if it is there; links are not followed. */
  public static void deleteTree(Path root) throws IOException {
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
                throws IOException {
              if (e != null) {
                throw e;
              }
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      return;
    }
  }
}
