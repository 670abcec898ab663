package dev.graft.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a run lie in its directory.
 *
 * @param directory the run directory
 */
public record RunFiles(Path directory) {

  /** The finished adapter, a PEFT directory. */
  public Path adapter() {
    return directory.resolve("adapter");
  }

  /** One JSON object per step and per evaluation. */
  public Path metrics() {
    return directory.resolve("metrics.jsonl");
  }

  /** What was run, and what came of it. */
  public Path record() {
    return directory.resolve("run.json");
  }

  /** One directory per checkpoint. */
  public Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  /** Locked by the process that trains here. */
  Path lock() {
    return directory.resolve(".lock");
  }

  /** Write beside the target, force to the disk, rename over the target. */
  static void writeAtomically(Path path, byte[] bytes) throws IOException {
    Path temporary = path.resolveSibling("." + path.getFileName() + ".tmp");
    try {
      writeForced(temporary, bytes);
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    forceDirectory(path.resolveSibling("."));
  }

  /** Write a file, replacing one of this name, and force it to the disk. */
  static void writeForced(Path path, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  /** Make renames inside a directory durable, where the system can. */
  static void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException | UnsupportedOperationException e) {
      return;
    }
  }

  /** Delete a file or a directory with all it holds, if it is there. */
  static void deleteTree(Path root) throws IOException {
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
