package dev.graft.store;

import dev.graft.files.AtomicFiles;
import dev.graft.files.DirectoryEntries;
import dev.graft.files.Presence;
import dev.graft.store.blob.Bucket;
import dev.graft.store.blob.Buckets;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Which registry a place belongs to: {@code store.json} in its directory, in its bucket or in both
 * names it, and the index repeats the name, so that blobs are never taken for those of another
 * index.
 */
record StoreNames(StoreLocation location) {
  private static final String FILE = "store.json";
  private static final long MAX_FILE_BYTES = 1 << 16;

  boolean exists() throws IOException {
    boolean local = location.isRemote() || isDescribed();
    return local && (location.bucket().isEmpty() || bucketId().isPresent());
  }

  /** A file that cannot be looked at is not missing: a new one would take its place. */
  boolean isDescribed() throws StoreUnavailableException {
    try {
      return Presence.ofFile(file());
    } catch (IOException e) {
      throw unavailable("look for " + file(), e);
    }
  }

  /** Whose blobs the bucket has; empty for nobody's, or without a bucket. */
  Optional<String> bucketId() throws IOException {
    if (location.bucket().isEmpty()) {
      return Optional.empty();
    }
    Bucket bucket = location.bucket().get();
    Optional<byte[]> content = Buckets.readNote(bucket, FILE);
    return content.isEmpty()
        ? Optional.empty()
        : Optional.of(StoreFile.parse(content.get(), "%s/%s".formatted(bucket, FILE)).id());
  }

  private Path file() {
    return location.directory().resolve(FILE);
  }

  /** The name of the registry, which all its places agree on. */
  String readId() throws IOException {
    Optional<String> claimed = bucketId();
    if (location.isRemote()) {
      return claimed.orElseThrow(() -> none(location.bucket().orElseThrow().toString()));
    }
    if (!isDescribed()) {
      throw none(location.directory().toString());
    }
    String id = readFile();
    if (location.bucket().isPresent()) {
      String found = claimed.orElseThrow(() -> none(location.bucket().orElseThrow().toString()));
      if (!found.equals(id)) {
        throw notOurs(found);
      }
    }
    return id;
  }

  private static StoreFormatException none(String place) {
    return new StoreFormatException(
        "%s is no registry: it has no %s; create one with graft store init, or give another place"
            .formatted(place, FILE));
  }

  /** The name in the directory, which also says where the blobs are. */
  String readFile() throws IOException {
    StoreFile found;
    try {
      if (Files.size(file()) > MAX_FILE_BYTES) {
        throw StoreFile.bad(file().toString(), "it is too large", null);
      }
      found = StoreFile.parse(Files.readAllBytes(file()), file().toString());
    } catch (StoreFormatException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("read " + file(), e);
    }
    Optional<String> asked = location.bucket().map(Bucket::toString);
    if (!found.blobs().equals(asked)) {
      throw new StoreFormatException(
          "the registry in %s keeps its blobs in %s, not in %s; %s"
              .formatted(
                  location.directory(),
                  found.blobs().orElse("this directory"),
                  asked.orElse("this directory"),
                  found
                      .blobs()
                      .map(blobs -> "give --blobs " + blobs)
                      .orElse("leave out --blobs and GRAFT_BLOBS")));
    }
    return found.id();
  }

  void requireOurs(Optional<String> claimed) throws IOException {
    Optional<String> ours = isDescribed() ? Optional.of(readFile()) : Optional.empty();
    if (claimed.isPresent() && !claimed.equals(ours)) {
      throw notOurs(claimed.get());
    }
  }

  private StoreFormatException notOurs(String found) {
    return new StoreFormatException(
        "%s has the blobs of another registry, %s; choose another prefix, or give the directory or database that belongs to them"
            .formatted(location.bucket().orElseThrow(), found));
  }

  /** The bucket is named last: what it names can be opened. */
  void claim(String id) throws IOException {
    if (location.bucket().isPresent()) {
      Bucket bucket = location.bucket().get();
      byte[] content = Buckets.createNote(bucket, FILE, new StoreFile(id, Optional.empty()).json());
      String found = StoreFile.parse(content, "%s/%s".formatted(bucket, FILE)).id();
      if (!found.equals(id)) {
        throw notOurs(found);
      }
    }
  }

  void requireEmpty(Path directory) throws IOException {
    if (!Presence.of(directory)) {
      return;
    }
    Optional<Path> other =
        DirectoryEntries.of(directory).stream()
            .filter(entry -> !entry.endsWith(SetupLock.FILE) && !isOurs(entry))
            .findFirst();
    if (other.isPresent() && !isDescribed()) {
      throw new StoreFormatException(
          "%s is not empty and no registry, it has %s; choose another directory"
              .formatted(directory, other.get().getFileName()));
    }
  }

  /** What a creation that stopped halfway has left. */
  private boolean isOurs(Path entry) {
    return entry.endsWith("blobs")
        || entry.endsWith("tmp")
        || entry.equals(Buckets.cacheIn(location.directory()))
        || String.valueOf(entry.getFileName()).startsWith("." + FILE);
  }

  String newId(Path directory) throws IOException {
    try {
      if (location.bucket().isEmpty()) {
        DirectoryBlobStore.create(directory);
      }
      String id = UUID.randomUUID().toString();
      byte[] bytes = new StoreFile(id, location.bucket().map(Bucket::toString)).json();
      AtomicFiles.write(file(), channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
      return id;
    } catch (IOException e) {
      throw unavailable("create " + directory, e);
    }
  }

  static StoreUnavailableException unavailable(String what, IOException reason) {
    return new StoreUnavailableException(
        "cannot %s: %s; check that the disk has room and is writable".formatted(what, reason),
        reason);
  }
}
