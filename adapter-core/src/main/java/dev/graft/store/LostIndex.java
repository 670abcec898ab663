package dev.graft.store;

import dev.graft.files.Presence;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Blobs whose index is gone. An index that is made anew would take them all for garbage, so none is
 * made.
 */
final class LostIndex {
  private LostIndex() {}

  /**
   * Refuse a place whose index is not there, or has no tables, while there are blobs.
   *
   * @param where the index, for people
   * @param claimed whose blobs the bucket has, if there is one and anybody's
   */
  static void refuse(StoreLocation location, String where, Optional<String> claimed)
      throws StoreException {
    if (location.isRemote()) {
      if (claimed.isPresent()) {
        throw new StoreFormatException(
            "%s has the blobs of registry %s, and %s no registry yet; give the database that belongs to them, or another prefix"
                .formatted(location.bucket().orElseThrow(), claimed.get(), where));
      }
      return;
    }
    boolean blobs =
        location.bucket().isPresent()
            ? claimed.isPresent()
            : !DirectoryBlobStore.in(location.directory()).isEmpty();
    if (blobs) {
      throw new DamagedStoreException(
          "index %s is missing or empty, but there are the blobs of a registry in %s; restore the index from a backup"
              .formatted(where, location.bucket().isPresent() ? location : location.directory()));
    }
  }

  /**
   * Refuse a place without the file of its index, which opening would make.
   *
   * @param file where it should be
   */
  static void requireFile(StoreLocation location, Path file, Optional<String> claimed)
      throws StoreException {
    try {
      if (Presence.of(file)) {
        return;
      }
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "cannot look for %s: %s; check that the disk is sound".formatted(file, e), e);
    }
    refuse(location, file.toString(), claimed);
    throw new StoreFormatException(
        "%s is no registry yet, it has no %s; create it with graft store init"
            .formatted(location.directory(), file.getFileName()));
  }
}
