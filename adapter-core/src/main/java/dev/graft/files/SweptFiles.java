package dev.graft.files;

import dev.graft.files.AtomicFiles.FileBody;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes files that nobody but their owner may read, and that take so long that processes are
 * killed meanwhile.
 *
 * <p>What is not complete lies beside the target and is locked by its writer. A process that ends
 * takes it along. What one that was killed has left is locked by nobody, and is deleted by the next
 * that writes the same target.
 */
public final class SweptFiles {
  private static final Pattern UUID_AND_ENDING =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

  private SweptFiles() {}

  /** As {@link AtomicFiles#writePrivate}, after what killed writers of this file have left. */
  public static void writePrivate(Path target, FileBody body) throws IOException {
    sweep(target);
    while (!isWritten(target, body)) {
      // Another process took the new file for one that was left, before it was locked.
      Thread.onSpinWait();
    }
    AtomicFiles.forceDirectory(AtomicFiles.parentOf(target));
  }

  /** Whether the file could be kept from others; if not, nothing was written. */
  private static boolean isWritten(Path target, FileBody body) throws IOException {
    Path temporary = AtomicFiles.sibling(target, "tmp");
    try {
      try (FileChannel channel = AtomicFiles.createPrivate(temporary)) {
        if (!isKept(channel, temporary)) {
          AtomicFiles.deleteTree(temporary);
          return false;
        }
        dropAtExit(temporary);
        body.writeTo(channel);
        channel.force(true);
        // Closing gives the lock back, and the file is nobody's then.
        AtomicFiles.move(temporary, target, true);
      }
      return true;
    } catch (IOException | RuntimeException e) {
      AtomicFiles.deleteQuietly(temporary, e);
      throw e;
    }
  }

  private static boolean isKept(FileChannel channel, Path file) throws IOException {
    return isLocked(channel) && Presence.ofFile(file);
  }

  /** Where files cannot be locked, nobody else can lock it either. */
  private static boolean isLocked(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Also when the process is interrupted; once it has its name, nothing is there to drop. */
  private static void dropAtExit(Path temporary) {
    if (temporary.getFileSystem().equals(FileSystems.getDefault())) {
      temporary.toFile().deleteOnExit();
    }
  }

  /** What cannot be listed or opened is left: it keeps nobody from writing. */
  private static void sweep(Path target) {
    String start = ".%s.".formatted(target.getFileName());
    try {
      for (Path entry : DirectoryEntries.of(AtomicFiles.parentOf(target))) {
        String name = String.valueOf(entry.getFileName());
        if (name.startsWith(start)
            && UUID_AND_ENDING.matcher(name.substring(start.length())).matches()) {
          dropIfLeft(entry);
        }
      }
    } catch (IOException e) {
      return;
    }
  }

  private static void dropIfLeft(Path entry) {
    try (FileChannel channel =
        FileChannel.open(entry, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
      if (channel.tryLock() != null) {
        AtomicFiles.deleteTree(entry);
      }
    } catch (IOException | OverlappingFileLockException e) {
      return;
    }
  }
}
