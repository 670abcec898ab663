package dev.graft.store.blob;

import dev.graft.files.AtomicFiles;
import dev.graft.files.DirectoryEntries;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A directory for what is not complete yet, and its sweeping. */
final class TemporaryFiles {
  private TemporaryFiles() {}

  /** Delete what was not touched since some time, and say how much there was. */
  static int sweep(Path directory, Instant before, boolean dryRun, BlobFiles files)
      throws StoreException {
    int swept = 0;
    for (Path entry : list(directory)) {
      try {
        if (isOlder(entry, before)) {
          swept++;
          if (!dryRun) {
            drop(entry, files);
          }
        }
      } catch (IOException e) {
        throw unavailable("delete " + entry, e);
      }
    }
    return swept;
  }

  static List<Path> list(Path directory) throws StoreException {
    try {
      return DirectoryEntries.of(directory);
    } catch (IOException e) {
      throw unavailable("list " + directory, e);
    }
  }

  private static void drop(Path entry, BlobFiles files) throws IOException {
    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
      AtomicFiles.deleteTree(entry);
    } else {
      files.delete(entry);
    }
  }

  private static boolean isOlder(Path file, Instant before) throws IOException {
    try {
      return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
          .toInstant()
          .isBefore(before);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** What the disk could not do. */
  static StoreUnavailableException unavailable(String what, Exception reason) {
    return new StoreUnavailableException(
        "cannot %s: %s; check that the disk has room, is writable and sound, then try again"
            .formatted(what, reason),
        reason);
  }
}
