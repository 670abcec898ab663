package dev.graft.store.blob;

import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * Blobs that are far away, with copies of those that were read on the local disk.
 *
 * <p>The copies are a convenience. Each is hashed before it is used, one that is damaged is fetched
 * again, and where the disk fails blobs are read from afar. Only {@link #read} looks at copies:
 * what is there, and whether it is sound, is asked where blobs are kept for good.
 */
final class CachedBlobStore implements BlobStore {
  private static final int LOCKS = 64;

  private final BlobStore remote;
  private final BlobCopies copies;

  /** So that threads that ask for one blob fetch it once. */
  private final Object[] locks = IntStream.range(0, LOCKS).mapToObj(i -> new Object()).toArray();

  /**
   * Copies of what is read.
   *
   * @param remote closed with this store
   * @param directory for the copies; made where it is not there
   * @param limitBytes how much is kept
   */
  CachedBlobStore(BlobStore remote, Path directory, long limitBytes) {
    this.remote = remote;
    this.copies = new BlobCopies(directory, limitBytes);
  }

  @Override
  public void read(String digest, Sink sink) throws StoreException, IOException {
    AdapterReference.checkDigest("blob", digest);
    if (copies.read(digest, sink)) {
      return;
    }
    boolean kept;
    synchronized (lockOf(digest)) {
      kept = copies.has(digest) || copies.keep(digest, remote);
    }
    if (!kept || !copies.read(digest, sink)) {
      remote.read(digest, sink);
    }
    copies.trim();
  }

  @Override
  public void verify(String digest) throws StoreException, IOException {
    remote.verify(digest);
  }

  @Override
  public Blob put(ReadableByteChannel content) throws StoreException, IOException {
    return remote.put(content);
  }

  @Override
  public OptionalLong size(String digest) throws StoreException {
    return remote.size(digest);
  }

  @Override
  public Map<String, Long> sizes(Collection<String> digests) throws StoreException {
    return remote.sizes(digests);
  }

  @Override
  public void delete(String digest) throws StoreException {
    synchronized (lockOf(digest)) {
      remote.delete(digest);
      copies.drop(digest);
    }
  }

  @Override
  public void setAside(String digest) throws StoreException {
    synchronized (lockOf(digest)) {
      remote.setAside(digest);
      copies.drop(digest);
    }
  }

  @Override
  public void forceDeletions() throws StoreException {
    remote.forceDeletions();
  }

  @Override
  public int countSetAside(String digest) throws StoreException {
    return remote.countSetAside(digest);
  }

  @Override
  public void deleteSetAside(String digest) throws StoreException {
    remote.deleteSetAside(digest);
  }

  @Override
  public void forEach(Visitor visitor) throws StoreException, IOException {
    remote.forEach(visitor);
  }

  @Override
  public int sweep(Instant before, boolean dryRun) throws StoreException {
    return remote.sweep(before, dryRun) + copies.sweep(before, dryRun);
  }

  @Override
  public void close() {
    remote.close();
  }

  private Object lockOf(String digest) {
    return locks[Math.floorMod(digest.hashCode(), LOCKS)];
  }
}
