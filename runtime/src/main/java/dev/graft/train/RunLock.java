package dev.graft.train;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps two processes out of one run directory; the system lets go when a process dies. */
final class RunLock implements Closeable {
  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Lock a run.
   *
   * @throws TrainingException if another run holds the lock
   */
  static RunLock take(RunFiles files) throws IOException {
    Path file = files.lock();
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      held = tryLock(channel) != null;
    } finally {
      if (!held) {
        channel.close();
      }
    }
    if (!held) {
      throw new TrainingException(
          "%s: another process is training in this directory; wait for it, or choose another"
              .formatted(files.directory()));
    }
    return new RunLock(channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
