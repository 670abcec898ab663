package dev.graft.store.blob;

import dev.graft.files.AtomicFiles;
import dev.graft.files.Digests;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Blobs as files: {@code blobs/sha256/<64 hexadecimal digits>}, beside {@code tmp} for those that
 * are being written and {@code damaged} for those that were set aside.
 *
 * <p>A blob is written under a new name in {@code tmp}, hashed on the way, forced to the disk,
 * renamed to its digest, and the directory is forced as well. The rename replaces a blob of the
 * same digest by equal bytes; whoever has the old file open goes on reading it.
 */
public final class DirectoryBlobStore implements BlobStore {
  private static final int CHUNK_BYTES = 1 << 18;
  private static final String DIGEST_START = "sha256:";
  private static final int MAX_EMPTY_WRITES = 100;

  private final Path blobs;
  private final Path temporary;
  private final Path damaged;
  private final BlobFiles files;

  private DirectoryBlobStore(Path root, BlobFiles files) {
    this.blobs = root.resolve("blobs").resolve("sha256");
    this.temporary = temporaryIn(root);
    this.damaged = root.resolve("damaged");
    this.files = files;
  }

  /** The directory for what is not complete yet; what is left there is swept. */
  public static Path temporaryIn(Path root) {
    return root.resolve("tmp");
  }

  /** The blobs below a directory that {@link #create} has prepared. */
  public static DirectoryBlobStore in(Path root) {
    return in(root, BlobFiles.ofSystem());
  }

  /** As {@link #in(Path)}, with other file operations. */
  public static DirectoryBlobStore in(Path root, BlobFiles files) {
    return new DirectoryBlobStore(root, files);
  }

  /** Make the directories that are not there yet. */
  public static void create(Path root) throws IOException {
    DirectoryBlobStore store = in(root);
    Files.createDirectories(store.blobs);
    Files.createDirectories(store.temporary);
    store.files.forceDirectory(root.resolve("blobs"));
    store.files.forceDirectory(root);
  }

  @Override
  public Blob put(ReadableByteChannel content) throws StoreException, IOException {
    Path part = temporary.resolve(UUID.randomUUID() + ".part");
    try {
      MessageDigest sha = Digests.sha256();
      long size = write(content, part, sha);
      String digest = Digests.text(sha);
      files.rename(part, fileOf(digest));
      files.forceDirectory(blobs);
      return new Blob(digest, size);
    } catch (ContentFailure e) {
      dropQuietly(part, e.reason);
      throw e.reason;
    } catch (IOException e) {
      dropQuietly(part, e);
      throw unavailable("write a blob below %s".formatted(blobs), e);
    }
  }

  private long write(ReadableByteChannel content, Path part, MessageDigest sha)
      throws IOException, ContentFailure {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long size = 0;
    try (BlobFiles.Output output = files.create(part)) {
      while (next(content, chunk.clear())) {
        chunk.flip();
        size += chunk.remaining();
        sha.update(chunk.duplicate());
        writeFully(output, chunk);
      }
      output.force();
    }
    return size;
  }

  private static boolean next(ReadableByteChannel content, ByteBuffer chunk) throws ContentFailure {
    try {
      return content.read(chunk) >= 0;
    } catch (IOException e) {
      throw new ContentFailure(e);
    }
  }

  private static void writeFully(BlobFiles.Output output, ByteBuffer bytes) throws IOException {
    int empty = 0;
    while (bytes.hasRemaining()) {
      empty = output.write(bytes) > 0 ? 0 : empty + 1;
      if (empty > MAX_EMPTY_WRITES) {
        throw new IOException("the disk takes no more bytes");
      }
    }
  }

  @Override
  public OptionalLong size(String digest) throws StoreException {
    return attributes(digest).map(a -> OptionalLong.of(a.size())).orElse(OptionalLong.empty());
  }

  private Optional<BasicFileAttributes> attributes(String digest) throws StoreException {
    try {
      BasicFileAttributes found =
          Files.readAttributes(
              fileOf(digest), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return found.isRegularFile() ? Optional.of(found) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unavailable("look at blob " + digest, e);
    }
  }

  @Override
  public void read(String digest, Sink sink) throws StoreException, IOException {
    if (attributes(digest).isEmpty()) {
      throw missing(digest, null);
    }
    MessageDigest sha = Digests.sha256();
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (SeekableByteChannel channel = openForReading(digest)) {
      while (next(digest, channel, chunk.clear())) {
        chunk.flip();
        sha.update(chunk.duplicate());
        sink.accept(chunk);
      }
    }
    String found = Digests.text(sha);
    if (!found.equals(digest)) {
      throw new DamagedStoreException(
          "blob %s has other content, of digest %s; publish the version again or restore the file from a backup, and run fsck"
              .formatted(fileOf(digest), found));
    }
  }

  private SeekableByteChannel openForReading(String digest) throws StoreException {
    try {
      return files.open(fileOf(digest));
    } catch (NoSuchFileException e) {
      throw missing(digest, e);
    } catch (IOException e) {
      throw unavailable("open blob " + digest, e);
    }
  }

  private boolean next(String digest, SeekableByteChannel channel, ByteBuffer chunk)
      throws StoreException {
    try {
      return channel.read(chunk) >= 0;
    } catch (IOException e) {
      throw unavailable("read blob " + digest, e);
    }
  }

  private DamagedStoreException missing(String digest, @Nullable IOException cause) {
    return new DamagedStoreException(
        "blob %s is missing; publish the version again or restore the file from a backup, and run fsck"
            .formatted(fileOf(digest)),
        cause);
  }

  @Override
  public void delete(String digest) throws StoreException {
    try {
      files.delete(fileOf(digest));
    } catch (IOException e) {
      throw unavailable("delete blob " + digest, e);
    }
  }

  @Override
  public void setAside(String digest) throws StoreException {
    try {
      Files.createDirectories(damaged);
      Path file = fileOf(digest);
      files.rename(file, damaged.resolve(file.getFileName() + "." + UUID.randomUUID()));
      files.forceDirectory(blobs);
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw unavailable("move damaged blob %s to %s".formatted(digest, damaged), e);
    }
  }

  @Override
  public void deleteSetAside(String digest) throws StoreException {
    if (!Files.isDirectory(damaged)) {
      return;
    }
    String start = fileOf(digest).getFileName() + ".";
    for (Path entry : list(damaged)) {
      if (String.valueOf(entry.getFileName()).startsWith(start)) {
        try {
          files.delete(entry);
        } catch (IOException e) {
          throw unavailable("delete " + entry, e);
        }
      }
    }
  }

  @Override
  public void forEach(Visitor visitor) throws StoreException, IOException {
    for (Path entry : list(blobs)) {
      String digest = DIGEST_START + entry.getFileName();
      if (isDigest(digest)) {
        Optional<BasicFileAttributes> found = attributes(digest);
        if (found.isPresent()) {
          visitor.visit(
              new Blob(digest, found.get().size()), found.get().lastModifiedTime().toInstant());
        }
      }
    }
  }

  private static boolean isDigest(String text) {
    try {
      AdapterReference.checkDigest("blob", text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static List<Path> list(Path directory) throws StoreException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    } catch (IOException | UncheckedIOException e) {
      throw unavailable("list " + directory, e);
    }
  }

  @Override
  public int sweep(Instant before, boolean dryRun) throws StoreException {
    int swept = 0;
    for (Path entry : list(temporary)) {
      try {
        if (isOlder(entry, before)) {
          swept++;
          if (!dryRun) {
            drop(entry);
          }
        }
      } catch (IOException e) {
        throw unavailable("delete " + entry, e);
      }
    }
    return swept;
  }

  private void drop(Path entry) throws IOException {
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

  /** The digest is checked here, whoever calls: a file name is made of it. */
  private Path fileOf(String digest) {
    AdapterReference.checkDigest("blob", digest);
    return blobs.resolve(digest.substring(DIGEST_START.length()));
  }

  private void dropQuietly(Path part, IOException reason) {
    try {
      files.delete(part);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private static StoreUnavailableException unavailable(String what, Exception reason) {
    return new StoreUnavailableException(
        "cannot %s: %s; check that the disk has room, is writable and sound, then try again"
            .formatted(what, reason),
        reason);
  }

  /** The source of a blob failed, not the store. */
  private static final class ContentFailure extends Exception {
    private final transient IOException reason;

    ContentFailure(IOException reason) {
      super(reason);
      this.reason = reason;
    }
  }
}
