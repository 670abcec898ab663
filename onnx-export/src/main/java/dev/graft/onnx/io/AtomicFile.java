package dev.graft.onnx.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files that are either complete or not there. */
final class AtomicFile {
  private AtomicFile() {}

  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Writes to a temporary file in the same folder, forces it to disk and renames it. */
  static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new IOException("%s: is a directory; expected the name of a file".formatted(file));
    }
    // Not createTempFile: its files are readable by their owner only, and would stay so.
    Path temporary =
        folder.resolve(".%s.%s.tmp".formatted(target.getFileName(), java.util.UUID.randomUUID()));
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("%s: the file system cannot rename atomically".formatted(to), e);
    }
  }
}
