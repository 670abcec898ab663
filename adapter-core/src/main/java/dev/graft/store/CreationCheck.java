package dev.graft.store;

import dev.graft.files.Presence;
import dev.graft.store.index.Index;
import java.io.IOException;
import java.util.OptionalInt;

/** Looks at a place before a registry is created there, and writes nothing. */
record CreationCheck(StoreLocation location, StoreSetup setup) {
  /** Whether a registry is there as a whole; a creation that was killed may have left a part. */
  boolean isComplete() throws IOException {
    if (!setup.names().exists() || !hasIndex()) {
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
      if (!setup.names().isDescribed()) {
        setup.names().requireEmpty(location.directory());
      }
      setup.names().requireOurs(setup.names().bucketId());
    }
    if (!hasIndex()) {
      LostIndex.refuse(location, setup.indexFile().toString(), setup.names().bucketId());
      return;
    }
    try (Index index = setup.openIndex()) {
      if (index.format().isEmpty()) {
        LostIndex.refuse(location, index.where(), setup.names().bucketId());
      } else {
        index.requireNewestFormat();
      }
    }
  }
}
