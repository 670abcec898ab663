package dev.graft.store;

import dev.graft.files.Presence;
import dev.graft.store.blob.Blob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Looks at a place before a registry is created there, and writes nothing. */
record CreationCheck(StoreLocation location, StoreSetup setup) {
  /** Whether a registry is there as a whole; a creation that was killed may have left a part. */
  boolean isComplete() throws IOException {
    if (!setup.exists() || !hasIndex()) {
      return false;
    }
    try (Index index = setup.openIndex()) {
      return index.format().isPresent() && (isOfOtherFormat(index) || isNamed(index));
    }
  }

  /** Opening an index that is a file would make one. */
  private boolean hasIndex() throws IOException {
    return location.database().isPresent() || Presence.ofFile(setup.indexFile());
  }

  private static boolean isOfOtherFormat(Index index) throws IOException {
    return !index.format().equals(OptionalInt.of(Index.newestFormat()));
  }

  private static boolean isNamed(Index index) throws IOException {
    return index.lookUp("name", session -> session.store().id()).isPresent();
  }

  /** Refuse a place where creating would be refused. */
  void requireRoom() throws IOException {
    if (!location.isRemote()) {
      if (!setup.isDescribed()) {
        setup.requireEmpty(location.directory());
      }
      setup.requireOurs(setup.bucketId());
    }
    if (!hasIndex()) {
      refuseBlobsOfALostIndex(setup.indexFile().toString());
      return;
    }
    try (Index index = setup.openIndex()) {
      if (index.format().isEmpty()) {
        refuseBlobsOfALostIndex(index.where());
      } else {
        index.requireNewestFormat();
      }
    }
  }

  /**
   * An index that is new would take all blobs that are there for garbage.
   *
   * @param index where it is, for people
   */
  void refuseBlobsOfALostIndex(String index) throws IOException {
    Optional<String> claimed = setup.bucketId();
    if (location.isRemote() && claimed.isPresent()) {
      throw new StoreFormatException(
          "%s has the blobs of registry %s, and %s no registry yet; give the database that belongs to them, or another prefix"
              .formatted(location.bucket().orElseThrow(), claimed.get(), index));
    }
    if (!location.isRemote() && setup.isDescribed() && hasBlobs()) {
      throw new StoreFormatException(
          "%s has blobs, but the index %s is empty or missing; give the index that belongs to them, or restore it from a backup"
              .formatted(location, index));
    }
  }

  private boolean hasBlobs() throws IOException {
    List<Blob> found = new ArrayList<>();
    try (BlobStore blobs = location.openBlobs()) {
      blobs.forEach((blob, stored) -> found.add(blob));
    }
    return !found.isEmpty();
  }
}
