package dev.graft.store.blob;

import dev.graft.files.AtomicFiles;
import dev.graft.files.Digests;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Copies of blobs in a directory: {@code sha256/<64 hexadecimal digits>}, beside {@code tmp} for
 * those that are being fetched. The time of a file is when it was last used.
 *
 * <p>Processes may share the directory: a copy appears whole, and whoever has one open that another
 * deletes goes on reading it.
 */
final class BlobCopies {
  private static final int CHUNK_BYTES = 1 << 18;

  private final Path copies;
  private final Path temporary;
  private final long limitBytes;

  BlobCopies(Path directory, long limitBytes) {
    this.copies = directory.resolve("sha256");
    this.temporary = DirectoryBlobStore.temporaryIn(directory);
    this.limitBytes = limitBytes;
  }

  boolean has(String digest) {
    return Files.exists(fileOf(digest));
  }

  /** Hand out a copy, if there is a sound one; of one that is not, the sink is given nothing. */
  boolean read(String digest, BlobStore.Sink sink) throws StoreException, IOException {
    Path copy = fileOf(digest);
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.READ)) {
      if (!isSound(digest, channel)) {
        Files.deleteIfExists(copy);
        return false;
      }
      touch(copy);
      hand(digest, channel, sink);
      return true;
    } catch (SinkFailure e) {
      throw e.reason;
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isSound(String digest, FileChannel channel) throws IOException {
    MessageDigest sha = Digests.sha256();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    while (channel.read(chunk.clear()) >= 0) {
      sha.update(chunk.flip());
    }
    channel.position(0);
    return Digests.text(sha).equals(digest);
  }

  /** What the sink has been given cannot be taken back, so from here on a failure is one. */
  private static void hand(String digest, FileChannel channel, BlobStore.Sink sink)
      throws StoreUnavailableException, SinkFailure {
    MessageDigest sha = Digests.sha256();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    while (next(digest, channel, chunk.clear())) {
      chunk.flip();
      sha.update(chunk.duplicate());
      try {
        sink.accept(chunk);
      } catch (IOException e) {
        throw new SinkFailure(e);
      }
    }
    if (!Digests.text(sha).equals(digest)) {
      throw new StoreUnavailableException(
          "the local copy of blob %s changed while it was read; try again".formatted(digest));
    }
  }

  private static boolean next(String digest, FileChannel channel, ByteBuffer chunk)
      throws StoreUnavailableException {
    try {
      return channel.read(chunk) >= 0;
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("read the local copy of blob " + digest, e);
    }
  }

  /** Another process may have deleted it, which does no harm to whoever has it open. */
  private static void touch(Path copy) {
    try {
      Files.setLastModifiedTime(copy, FileTime.from(Instant.now()));
    } catch (IOException e) {
      return;
    }
  }

  /**
   * Fetch a blob and keep it.
   *
   * @return whether it is kept; not, where the local disk fails
   * @throws StoreException if the other store fails
   */
  boolean keep(String digest, BlobStore from) throws StoreException {
    Path part = temporary.resolve(UUID.randomUUID() + ".part");
    try {
      Files.createDirectories(copies);
      Files.createDirectories(temporary);
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        from.read(digest, bytes -> AtomicFiles.writeFully(channel, bytes));
      }
      Files.move(part, fileOf(digest), StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (StoreException e) {
      deleteQuietly(part);
      throw e;
    } catch (IOException e) {
      deleteQuietly(part);
      return false;
    }
  }

  /** Delete a copy, if there is one. */
  void drop(String digest) throws StoreUnavailableException {
    try {
      Files.deleteIfExists(fileOf(digest));
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("delete the local copy of blob " + digest, e);
    }
  }

  private record Copy(Path file, long sizeBytes, FileTime used) {}

  /** Delete what was not used for longest, until the rest is within the limit. */
  void trim() {
    long kept = 0;
    for (Copy copy : latestFirst()) {
      if (kept + copy.sizeBytes() <= limitBytes) {
        kept += copy.sizeBytes();
      } else {
        deleteQuietly(copy.file());
      }
    }
  }

  private List<Copy> latestFirst() {
    List<Copy> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(copies)) {
      for (Path file : files.toList()) {
        addQuietly(file, found);
      }
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
    found.sort(Comparator.comparing(Copy::used).reversed());
    return found;
  }

  /** One that another process has deleted meanwhile does not count. */
  private static void addQuietly(Path file, List<Copy> found) {
    try {
      BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
      found.add(new Copy(file, facts.size(), facts.lastModifiedTime()));
    } catch (IOException e) {
      return;
    }
  }

  /** Delete what unfinished fetches left, and say how much there was. */
  int sweep(Instant before, boolean dryRun) throws StoreException {
    return Files.isDirectory(temporary)
        ? TemporaryFiles.sweep(temporary, before, dryRun, BlobFiles.ofSystem())
        : 0;
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }

  /** The digest is checked here, whoever calls: a file name is made of it. */
  private Path fileOf(String digest) {
    AdapterReference.checkDigest("blob", digest);
    return copies.resolve(digest.substring(digest.indexOf(':') + 1));
  }

  /** Whoever takes the bytes failed, not the disk. */
  private static final class SinkFailure extends Exception {
    private final transient IOException reason;

    SinkFailure(IOException reason) {
      super(reason);
      this.reason = reason;
    }
  }
}
