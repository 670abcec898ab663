package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.model.FormatChange;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Creates, opens and migrates registries.
 *
 * <p>Creating is done under a lock and can be repeated after a crash: it goes on where it stopped.
 */
final class StoreSetup {
  private static final String INDEX = "index.db";

  private final StoreLocation location;
  private final StoreNames names;

  StoreSetup(StoreLocation location) {
    this.location = location;
    this.names = new StoreNames(location);
  }

  StoreNames names() {
    return names;
  }

  /** Create a registry where there is none, or only a part of one, and say whether it was so. */
  boolean initialize(SetupRecord record) throws IOException {
    CreationCheck check = new CreationCheck(location, this);
    if (check.isComplete()) {
      open().close();
      return false;
    }
    if (record.change().dryRun()) {
      check.requireRoom();
    } else {
      create(Optional.of(record)).close();
    }
    return true;
  }

  /** Create what is not there yet. */
  Index create(Optional<SetupRecord> record) throws IOException {
    Path directory = location.directory();
    try {
      if (!location.isRemote() && !names.isDescribed()) {
        names.requireEmpty(directory);
      }
      Files.createDirectories(directory);
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw StoreNames.unavailable("create " + directory, e);
    }
    return locked(
        () -> {
          Optional<String> claimed = names.bucketId();
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
                names.claim(named);
              });
        });
  }

  private String idToCreate(Path directory, Optional<String> claimed) throws IOException {
    if (location.isRemote()) {
      return claimed.orElseGet(() -> UUID.randomUUID().toString());
    }
    names.requireOurs(claimed);
    return names.isDescribed() ? names.readFile() : names.newId(directory);
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
    String id = names.readId();
    requireIndex();
    return opened(
        index -> {
          refuseEmpty(index);
          index.requireNewestFormat();
          requireSameId(index, id);
        });
  }

  private FormatChange formatChange() throws IOException {
    String id = names.readId();
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
      LostIndex.requireFile(location, indexFile(), names.bucketId());
    }
  }

  private void refuseEmpty(Index index) throws IOException {
    if (index.format().isEmpty()) {
      LostIndex.refuse(location, index.where(), names.bucketId());
      index.requireNewestFormat();
    }
  }

  /** Bring a registry of an older format to the newest. */
  FormatChange migrate(SetupRecord record) throws IOException {
    FormatChange formats = formatChange();
    if (formats.isMigration() && !record.change().dryRun()) {
      migrated(record).close();
    }
    return formats;
  }

  private Index migrated(SetupRecord record) throws IOException {
    String id = names.readId();
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

  private Index locked(SetupLock.Work work) throws IOException {
    Path directory = location.directory();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw StoreNames.unavailable("create " + directory, e);
    }
    return SetupLock.held(directory.resolve(SetupLock.FILE), work);
  }
}
