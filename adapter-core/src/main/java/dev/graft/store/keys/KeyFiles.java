package dev.graft.store.keys;

import dev.graft.files.AtomicFiles;
import dev.graft.files.DirectoryEntries;
import dev.graft.files.Presence;
import dev.graft.store.model.KeyUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The files of a directory of keys: private to their owner, and written whole or not at all. */
final class KeyFiles {
  private static final String FORMAT = "{\"formatVersion\":1}\n";
  private static final long MAX_FILE_BYTES = 1 << 16;

  /** Locks on files are the process's; its own threads queue here. */
  private static final Lock THREADS = new ReentrantLock();

  private final Path root;
  private final Path master;
  private final Path next;

  KeyFiles(Path root, Path master) {
    this.root = root;
    this.master = master;
    this.next = master.resolveSibling(master.getFileName() + ".new");
  }

  interface Work<R> {
    R run() throws IOException;
  }

  <R> R locked(Work<R> work) throws KeyUnavailableException {
    THREADS.lock();
    try (FileChannel channel =
            FileChannel.open(
                root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      if (!held.isValid()) {
        throw new IOException("the lock was lost");
      }
      return work.run();
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("write to " + root, e);
    } finally {
      THREADS.unlock();
    }
  }

  void create(MasterKey key) throws KeyUnavailableException {
    try {
      requireEmpty();
      Files.createDirectories(root);
      makePrivate(root);
      if (Presence.of(master)) {
        MasterKey.read(master);
      } else {
        writePrivate(master, key.line());
      }
      writePrivate(format(), FORMAT.getBytes(StandardCharsets.UTF_8));
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("create " + root, e);
    }
  }

  void requireRoom() throws KeyUnavailableException {
    try {
      requireEmpty();
      if (Presence.of(master)) {
        MasterKey.read(master);
      }
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("look at " + root, e);
    }
  }

  private void requireEmpty() throws IOException {
    if (!Presence.of(root)) {
      return;
    }
    Optional<Path> other =
        DirectoryEntries.of(root).stream().filter(entry -> !isOurs(entry)).findFirst();
    if (other.isPresent()) {
      throw new KeyUnavailableException(
          "%s is not empty, it has %s; choose another directory for keys"
              .formatted(root, other.get().getFileName()));
    }
  }

  /** The master key, and what a creation that stopped halfway has left. */
  private boolean isOurs(Path entry) {
    String name = String.valueOf(entry.getFileName());
    return entry.equals(master)
        || name.startsWith("." + format().getFileName() + ".")
        || name.startsWith("." + master.getFileName() + ".");
  }

  private Path format() {
    return root.resolve("graft-keys.json");
  }

  void requireFormat() throws KeyUnavailableException {
    try {
      if (!new String(read(format()), StandardCharsets.UTF_8).equals(FORMAT)) {
        throw new KeyUnavailableException(
            "%s is not of a format that this Graft reads; use a newer Graft".formatted(format()));
      }
    } catch (NoSuchFileException e) {
      throw new KeyUnavailableException(
          "%s is no directory of keys: it has no %s; make one with graft keys init"
              .formatted(root, format().getFileName()),
          e);
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("read " + format(), e);
    }
  }

  MasterKey master() throws KeyUnavailableException {
    return MasterKey.read(master);
  }

  /** The master key that a rotation is about to install. */
  Optional<MasterKey> nextMaster() throws KeyUnavailableException {
    try {
      return Presence.of(next) ? Optional.of(MasterKey.read(next)) : Optional.empty();
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("look for " + next, e);
    }
  }

  void writeNextMaster(MasterKey key) throws IOException {
    writePrivate(next, key.line());
  }

  void installNextMaster() throws IOException {
    Files.move(next, master, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    force(master.toAbsolutePath().getParent());
  }

  byte[] read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new KeyUnavailableException(
          "%s is too large for a key; restore the directory of keys from a backup".formatted(file));
    }
    return Files.readAllBytes(file);
  }

  void write(Path file, WrappedKey key) throws KeyUnavailableException {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null && !Files.isDirectory(folder)) {
        Files.createDirectories(folder);
        force(folder.getParent());
        force(root);
      }
      writePrivate(file, key.json());
    } catch (IOException e) {
      throw unavailable("write " + file, e);
    }
  }

  private static void writePrivate(Path file, byte[] bytes) throws IOException {
    AtomicFiles.writePrivate(
        file, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  private static void makePrivate(Path directory) throws IOException {
    try {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    } catch (UnsupportedOperationException e) {
      // Windows: what the parent directory allows holds.
      return;
    }
  }

  void destroy(Path file) throws KeyUnavailableException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      AtomicFiles.writeFully(channel, ByteBuffer.allocate(Math.toIntExact(channel.size())));
      channel.force(true);
      Files.delete(file);
      force(file.toAbsolutePath().getParent());
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw unavailable("destroy " + file, e);
    }
  }

  private static void force(@Nullable Path directory) throws IOException {
    if (directory != null) {
      AtomicFiles.forceDirectory(directory);
    }
  }

  static KeyUnavailableException unavailable(String what, IOException reason) {
    return new KeyUnavailableException(
        "cannot %s: %s; check that it is there, has room, and may be read and written"
            .formatted(what, reason),
        reason);
  }
}
