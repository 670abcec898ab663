package dev.graft.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Folders that appear when they are complete, and folders that go away with all they hold. */
final class NewFolder {
  private NewFolder() {}

  /** Fills a folder. */
  interface Content {
    void writeTo(Path folder) throws IOException;
  }

  /** Makes a folder that others see only when {@code content} is all there. */
  static void make(Path target, Content content) throws IOException {
    Path full = target.toAbsolutePath().normalize();
    Path parent = full.getParent();
    if (parent == null) {
      throw new NoSuchFileException(target.toString(), null, "a file system root cannot be made");
    }
    Files.createDirectories(parent);
    Path work = Files.createTempDirectory(parent, "." + full.getFileName() + ".");
    try {
      content.writeTo(work);
      Files.move(work, full, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(work);
    }
  }

  /** Deletes a folder and all it holds, if it is there. */
  static void delete(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
