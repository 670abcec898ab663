package dev.graft.store;

import dev.graft.files.AtomicFiles;
import dev.graft.files.DirectoryEntries;
import dev.graft.files.Presence;
import dev.graft.store.blob.Bucket;
import dev.graft.store.blob.Buckets;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.model.FormatChange;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Creates, opens and migrates registries.
 *
 * <p>{@code store.json} in the directory, in the bucket or in both names the store, and the index
 * repeats the name, so that blobs are never taken for those of another index. Creating is done
 * under a lock and can be repeated after a crash: it goes on where it stopped.
 */
final class StoreSetup {
  private static final String FILE = "store.json";
  private static final String LOCK = "setup.lock";
  private static final String INDEX = "index.db";
  private static final long MAX_FILE_BYTES = 1 << 16;

  private final StoreLocation location;

  StoreSetup(StoreLocation location) {
    this.location = location;
  }

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

  /** Create what is not there yet. */
  Index create(Optional<SetupRecord> record) throws IOException {
    Path directory = location.directory();
    try {
      if (!location.isRemote() && !isDescribed()) {
        requireEmpty(directory);
      }
      Files.createDirectories(directory);
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("create " + directory, e);
    }
    return locked(
        () -> {
          Optional<String> claimed = bucketId();
          String id = idToCreate(directory, claimed);
          return opened(
              index -> {
                if (index.format().isEmpty()) {
                  LostIndex.refuse(location, index.where(), claimed);
                  index.migrate();
                }
                index.requireNewestFormat();
                String named = name(index, id, record);
                // Another machine may have been faster to name a registry that is on none.
                requireSameId(index, location.isRemote() && claimed.isEmpty() ? named : id);
                claim(named);
              });
        });
  }

  private String idToCreate(Path directory, Optional<String> claimed) throws IOException {
    if (location.isRemote()) {
      return claimed.orElseGet(() -> UUID.randomUUID().toString());
    }
    requireOurs(claimed);
    return isDescribed() ? readFile() : newId(directory);
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
  private void claim(String id) throws IOException {
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
            .filter(entry -> !entry.endsWith(LOCK) && !isOurs(entry))
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

  private String newId(Path directory) throws IOException {
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

  /** Give a new index its name, and say what it is called. */
  private static String name(Index index, String id, Optional<SetupRecord> record)
      throws IOException {
    return index.write(
        "name the registry",
        false,
        session -> {
          if (session.store().id().isEmpty()) {
            session.store().insert(id);
            record.ifPresent(line -> line.created(session, id));
          }
          return session.store().id().orElse(id);
        });
  }

  private static void requireSameId(Index index, String id) throws IOException {
    Optional<String> named = index.lookUp("name", session -> session.store().id());
    if (!named.equals(Optional.of(id))) {
      throw new StoreFormatException(
          "index %s belongs to registry %s, the blobs to %s; give the directory and the database that belong together"
              .formatted(index.where(), named.orElse("none"), id));
    }
  }

  /** Open a registry of the newest format. */
  Index open() throws IOException {
    String id = readId();
    requireIndex();
    return opened(
        index -> {
          refuseEmpty(index);
          index.requireNewestFormat();
          requireSameId(index, id);
        });
  }

  /** What {@link #migrate} would do; nothing is written. */
  FormatChange formatChange() throws IOException {
    String id = readId();
    requireIndex();
    try (Index index = openIndex()) {
      return formatChange(index, id);
    }
  }

  private FormatChange formatChange(Index index, String id) throws IOException {
    refuseEmpty(index);
    FormatChange change = index.formatChange();
    requireSameId(index, id);
    return change;
  }

  /** Opening an index would make the file that is missing. */
  private void requireIndex() throws IOException {
    if (location.database().isEmpty()) {
      LostIndex.requireFile(location, indexFile(), bucketId());
    }
  }

  private void refuseEmpty(Index index) throws IOException {
    if (index.format().isEmpty()) {
      LostIndex.refuse(location, index.where(), bucketId());
      index.requireNewestFormat();
    }
  }

  /** Bring a registry of an older format to the newest. */
  Index migrate(SetupRecord record) throws IOException {
    String id = readId();
    requireIndex();
    return locked(
        () ->
            opened(
                index -> {
                  FormatChange change = formatChange(index, id);
                  if (change.isMigration()) {
                    index.migrate();
                    index.write(
                        "record the migration",
                        false,
                        session -> {
                          record.migrated(session, id, change);
                          return change;
                        });
                  }
                }));
  }

  private interface Step {
    void with(Index index) throws IOException;
  }

  private Index opened(Step step) throws IOException {
    Index index = openIndex();
    try {
      step.with(index);
      return index;
    } catch (IOException | RuntimeException e) {
      index.close();
      throw e;
    }
  }

  Index openIndex() {
    return location.database().isPresent()
        ? Index.postgres(location.database().get())
        : Index.sqlite(indexFile());
  }

  Path indexFile() {
    return location.directory().resolve(INDEX);
  }

  /** The name of the registry, which all its places agree on. */
  private String readId() throws IOException {
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
  private String readFile() throws IOException {
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

  private Index locked(SetupLock.Work work) throws IOException {
    Path directory = location.directory();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw unavailable("create " + directory, e);
    }
    return SetupLock.held(directory.resolve(LOCK), work);
  }

  private static StoreUnavailableException unavailable(String what, IOException reason) {
    return new StoreUnavailableException(
        "cannot %s: %s; check that the disk has room and is writable".formatted(what, reason),
        reason);
  }
}
