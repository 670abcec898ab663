package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A locked file, so that the processes of a machine create and migrate one after the other. */
final class SetupLock {
  /** Its name in the registry's directory. */
  static final String FILE = "setup.lock";

  private static final int ATTEMPTS = 400;
  private static final int MILLIS = 50;

  private SetupLock() {}

  /** What is done while the lock is held. */
  interface Work {
    Index run() throws IOException;
  }

  static Index held(Path lock, Work work) throws IOException {
    FileChannel channel = open(lock);
    try {
      acquire(channel, lock);
      return work.run();
    } finally {
      release(channel);
    }
  }

  private static FileChannel open(Path lock) throws StoreUnavailableException {
    try {
      return FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw cannotLock(lock, e);
    }
  }

  private static StoreUnavailableException cannotLock(Path lock, IOException reason) {
    return new StoreUnavailableException(
        "cannot lock %s: %s; check that the disk has room and is writable".formatted(lock, reason),
        reason);
  }

  /** Closing the file gives the lock back. */
  private static void acquire(FileChannel channel, Path lock) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        if (channel.tryLock() != null) {
          return;
        }
      } catch (OverlappingFileLockException e) {
        // Another thread of this process has it.
        Thread.onSpinWait();
      } catch (IOException e) {
        throw cannotLock(lock, e);
      }
      pause();
    }
    throw new StoreUnavailableException(
        "%s is locked by another process that creates or migrates the registry; try again"
            .formatted(lock));
  }

  /** Nothing was written to it that could be lost now. */
  private static void release(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      return;
    }
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
