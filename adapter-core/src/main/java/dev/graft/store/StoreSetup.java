package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.files.AtomicFiles;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Creates, opens and migrates registries.
 *
 * <p>{@code store.json} in the directory names the store, and the index repeats the name, so that
 * blobs are never taken for those of another index. Creating is done under a lock and can be
 * repeated after a crash: it goes on where it stopped.
 */
final class StoreSetup {
  private static final String FILE = "store.json";
  private static final String LOCK = "setup.lock";
  private static final String INDEX = "index.db";
  private static final int FORMAT_VERSION = 1;
  private static final long MAX_FILE_BYTES = 1 << 16;
  private static final int LOCK_ATTEMPTS = 400;
  private static final int LOCK_MILLIS = 50;
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final StoreLocation location;

  StoreSetup(StoreLocation location) {
    this.location = location;
  }

  boolean exists() {
    return Files.isRegularFile(file());
  }

  private Path file() {
    return location.directory().resolve(FILE);
  }

  /** Create what is not there yet. */
  Index create() throws IOException {
    Path directory = location.directory();
    try {
      if (!exists()) {
        requireEmpty(directory);
      }
      Files.createDirectories(directory);
    } catch (StoreFormatException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("create " + directory, e);
    }
    return locked(
        () -> {
          String id = exists() ? readId() : newId(directory);
          return opened(
              index -> {
                if (index.format().isEmpty()) {
                  index.migrate();
                }
                index.requireNewestFormat();
                name(index, id);
              });
        });
  }

  private void requireEmpty(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      Optional<Path> other =
          entries.filter(entry -> !entry.endsWith(LOCK) && !isOurs(entry)).findFirst();
      if (other.isPresent() && !exists()) {
        throw new StoreFormatException(
            "%s is not empty and no registry, it has %s; choose another directory"
                .formatted(directory, other.get().getFileName()));
      }
    }
  }

  /** What a creation that stopped halfway has left. */
  private static boolean isOurs(Path entry) {
    return entry.endsWith("blobs")
        || entry.endsWith("tmp")
        || String.valueOf(entry.getFileName()).startsWith("." + FILE);
  }

  private String newId(Path directory) throws IOException {
    try {
      DirectoryBlobStore.create(directory);
      String id = UUID.randomUUID().toString();
      String json =
          MAPPER
              .createObjectNode()
              .put("formatVersion", FORMAT_VERSION)
              .put("storeId", id)
              .toString();
      byte[] bytes = (json + "\n").getBytes(StandardCharsets.UTF_8);
      AtomicFiles.write(file(), channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
      return id;
    } catch (IOException e) {
      throw unavailable("create " + directory, e);
    }
  }

  private static void name(Index index, String id) throws IOException {
    index.write(
        "name the registry",
        false,
        session -> {
          if (session.store().id().isEmpty()) {
            session.store().insert(id);
          }
          return id;
        });
    requireSameId(index, id);
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
    return opened(
        index -> {
          index.requireNewestFormat();
          requireSameId(index, id);
        });
  }

  /** Bring a registry of an older format to the newest. */
  Index migrate() throws IOException {
    String id = readId();
    return locked(
        () ->
            opened(
                index -> {
                  if (index.format().isEmpty()) {
                    index.requireNewestFormat();
                  }
                  index.migrate();
                  requireSameId(index, id);
                }));
  }

  private interface Step {
    void with(Index index) throws IOException;
  }

  private Index opened(Step step) throws IOException {
    Index index =
        location.database().isPresent()
            ? Index.postgres(location.database().get())
            : Index.sqlite(location.directory().resolve(INDEX));
    try {
      step.with(index);
      return index;
    } catch (IOException | RuntimeException e) {
      index.close();
      throw e;
    }
  }

  private String readId() throws IOException {
    if (!exists()) {
      throw new StoreFormatException(
          "%s is no registry: it has no %s; create one with graft store init, or give another place"
              .formatted(location.directory(), FILE));
    }
    try {
      if (Files.size(file()) > MAX_FILE_BYTES) {
        throw bad("it is too large", null);
      }
      JsonNode json = MAPPER.readTree(Files.readAllBytes(file()));
      int format = json.path("formatVersion").asInt(0);
      if (format > FORMAT_VERSION) {
        throw new StoreFormatException(
            "%s has format %d, this Graft reads formats up to %d; use a newer Graft"
                .formatted(file(), format, FORMAT_VERSION));
      }
      String id = json.path("storeId").asText("");
      if (format < 1 || id.isEmpty()) {
        throw bad("formatVersion or storeId is missing", null);
      }
      return id;
    } catch (JsonProcessingException e) {
      throw bad("it is not JSON", e);
    } catch (StoreFormatException e) {
      throw e;
    } catch (IOException e) {
      throw unavailable("read " + file(), e);
    }
  }

  private StoreFormatException bad(String problem, @Nullable Exception cause) {
    return new StoreFormatException(
        "%s does not describe a registry: %s; restore it from a backup".formatted(file(), problem),
        cause);
  }

  private interface Work {
    Index run() throws IOException;
  }

  private Index locked(Work work) throws IOException {
    Path lock = location.directory().resolve(LOCK);
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = acquire(channel, lock)) {
      if (!held.isValid()) {
        throw new IOException("the lock was lost");
      }
      return work.run();
    } catch (FileSystemException e) {
      throw unavailable("lock " + lock, e);
    }
  }

  private static FileLock acquire(FileChannel channel, Path lock) throws IOException {
    for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
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
      Thread.sleep(LOCK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while waiting for a lock", e);
    }
  }

  private static StoreUnavailableException unavailable(String what, IOException reason) {
    return new StoreUnavailableException(
        "cannot %s: %s; check that the disk has room and is writable".formatted(what, reason),
        reason);
  }
}
