package dev.graft.store.blob;

import dev.graft.files.Digests;
import dev.graft.files.Presence;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import java.io.IOException;
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

  /** Whether there are no blobs at all. */
  public boolean isEmpty() throws StoreException {
    try {
      return !Presence.of(blobs) || TemporaryFiles.list(blobs).isEmpty();
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("look for " + blobs, e);
    }
  }

  @Override
  public Blob put(ReadableByteChannel content) throws StoreException, IOException {
    Path part = temporary.resolve(UUID.randomUUID() + ".part");
    try {
      Blob blob = IncomingBlob.write(content, part, files);
      files.rename(part, fileOf(blob.digest()));
      files.forceDirectory(blobs);
      return blob;
    } catch (IncomingBlob.ContentFailure e) {
      dropQuietly(part, e.reason());
      throw e.reason();
    } catch (IOException e) {
      dropQuietly(part, e);
      throw TemporaryFiles.unavailable("write a blob below %s".formatted(blobs), e);
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
      throw TemporaryFiles.unavailable("look at blob " + fileOf(digest), e);
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
      throw TemporaryFiles.unavailable("open blob " + fileOf(digest), e);
    }
  }

  private boolean next(String digest, SeekableByteChannel channel, ByteBuffer chunk)
      throws StoreException {
    try {
      return channel.read(chunk) >= 0;
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("read blob " + fileOf(digest), e);
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
      throw TemporaryFiles.unavailable("delete blob " + fileOf(digest), e);
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
      throw TemporaryFiles.unavailable("move damaged blob %s to %s".formatted(digest, damaged), e);
    }
  }

  @Override
  public int countSetAside(String digest) throws StoreException {
    return setAsideOf(digest).size();
  }

  private List<Path> setAsideOf(String digest) throws StoreException {
    String start = fileOf(digest).getFileName() + ".";
    return hasDamaged()
        ? TemporaryFiles.list(damaged).stream()
            .filter(entry -> String.valueOf(entry.getFileName()).startsWith(start))
            .toList()
        : List.of();
  }

  @Override
  public void deleteSetAside(String digest) throws StoreException {
    for (Path entry : setAsideOf(digest)) {
      try {
        files.delete(entry);
      } catch (IOException e) {
        throw TemporaryFiles.unavailable("delete " + entry, e);
      }
    }
  }

  private boolean hasDamaged() throws StoreException {
    try {
      return Presence.of(damaged);
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("look for " + damaged, e);
    }
  }

  @Override
  public void forceDeletions() throws StoreException {
    try {
      files.forceDirectory(blobs);
      if (hasDamaged()) {
        files.forceDirectory(damaged);
      }
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("force deletions below %s".formatted(blobs), e);
    }
  }

  @Override
  public void forEach(Visitor visitor) throws StoreException, IOException {
    for (Path entry : TemporaryFiles.list(blobs)) {
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

  /** Whether a name in a listing is one of ours. */
  static boolean isDigest(String text) {
    try {
      AdapterReference.checkDigest("blob", text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public int sweep(Instant before, boolean dryRun) throws StoreException {
    return TemporaryFiles.sweep(temporary, before, dryRun, files);
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
}
