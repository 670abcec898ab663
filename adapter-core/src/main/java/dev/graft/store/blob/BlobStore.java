package dev.graft.store.blob;

import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Immutable blobs by the SHA-256 of their content. Threads and processes may share one.
 *
 * <p>What {@link #put} has returned for is on the disk: neither a killed process nor a power cut
 * takes it away. A blob is there whole or not at all. Putting a blob that is there already
 * refreshes it: its time is new afterwards, and damaged content is healed.
 *
 * <p>A store of blobs does not know who refers to them. Its owner deletes only what nothing refers
 * to, and only while no reference can be added.
 */
public interface BlobStore extends AutoCloseable {
  /** Takes the content of a blob, part by part. */
  interface Sink {
    void accept(ByteBuffer part) throws IOException;
  }

  /** Looks at blobs, one after the other. */
  interface Visitor {
    /**
     * Look at one.
     *
     * @param stored when it was last put
     */
    void visit(Blob blob, Instant stored) throws IOException;
  }

  /**
   * Store all that a channel gives.
   *
   * @return the blob, on the disk
   * @throws StoreUnavailableException if it cannot be written; then nothing is there
   */
  Blob put(ReadableByteChannel content) throws StoreException, IOException;

  /** The length of a blob; empty where it is not there. */
  OptionalLong size(String digest) throws StoreException;

  /** The lengths of those of some blobs that are there. */
  default Map<String, Long> sizes(Collection<String> digests) throws StoreException {
    Map<String, Long> sizes = new HashMap<>();
    for (String digest : digests) {
      size(digest).ifPresent(size -> sizes.put(digest, size));
    }
    return sizes;
  }

  /**
   * Hand out the content of a blob, checking its digest on the way.
   *
   * @throws DamagedStoreException if the blob is missing, or its content has another digest. The
   *     sink may have been given bytes by then, which must not be used
   */
  void read(String digest, Sink sink) throws StoreException, IOException;

  /**
   * Read a blob where it is kept for good, past any copy, and check its digest.
   *
   * @throws DamagedStoreException as {@link #read}
   */
  default void verify(String digest) throws StoreException, IOException {
    read(digest, part -> part.position(part.limit()));
  }

  /** Delete a blob, if it is there. */
  void delete(String digest) throws StoreException;

  /**
   * Force what was deleted so far off the disk, so that no power cut brings it back. Collecting
   * garbage does without; what comes back is deleted the next time.
   */
  default void forceDeletions() throws StoreException {}

  /** Take a damaged blob out of the way, keeping its bytes for people to look at. */
  void setAside(String digest) throws StoreException;

  /** How many copies of a blob {@link #setAside} has kept. */
  int countSetAside(String digest) throws StoreException;

  /** Delete what {@link #setAside} has kept of a blob. */
  void deleteSetAside(String digest) throws StoreException;

  /** Visit all blobs, in no order. What is put or deleted meanwhile may be visited or not. */
  void forEach(Visitor visitor) throws StoreException, IOException;

  /**
   * Delete what unfinished puts left behind.
   *
   * @param before leave what was touched since
   * @param dryRun count only
   * @return how many there were
   */
  int sweep(Instant before, boolean dryRun) throws StoreException;

  /** Let go of connections, where there are some. */
  @Override
  default void close() {}
}
