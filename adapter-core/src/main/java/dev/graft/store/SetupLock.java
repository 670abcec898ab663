package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A locked file, so that the processes of a machine create and migrate one after the other. */
final class SetupLock {
  private static final int ATTEMPTS = 400;
  private static final int MILLIS = 50;

  private SetupLock() {}

  /** What is done while the lock is held. */
  interface Work {
    Index run() throws IOException;
  }

  static Index held(Path lock, Work work) throws IOException {
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = acquire(channel, lock)) {
      if (!held.isValid()) {
        throw new IOException("the lock was lost");
      }
      return work.run();
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot lock %s: %s; check that the disk has room and is writable".formatted(lock, e), e);
    }
  }

  private static FileLock acquire(FileChannel channel, Path lock) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        FileLock held = channel.tryLock();
        if (held != null) {
          return held;
        }
      } catch (OverlappingFileLockException e) {
        // Another thread of this process has it.
        Thread.onSpinWait();
      }
      pause();
    }
    throw new StoreUnavailableException(
        "%s is locked by another process that creates or migrates the registry; try again"
            .formatted(lock));
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while waiting for a lock", e);
    }
  }
}
