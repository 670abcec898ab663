package dev.graft.store.blob;

import dev.graft.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes all on to another store and counts how often a blob is read. */
final class CountingBlobStore implements BlobStore {
  private final BlobStore blobs;
  private final AtomicInteger reads = new AtomicInteger();

  CountingBlobStore(BlobStore blobs) {
    this.blobs = blobs;
  }

  int reads() {
    return reads.get();
  }

  @Override
  public Blob put(ReadableByteChannel content) throws StoreException, IOException {
    return blobs.put(content);
  }

  @Override
  public OptionalLong size(String digest) throws StoreException {
    return blobs.size(digest);
  }

  @Override
  public void read(String digest, Sink sink) throws StoreException, IOException {
    reads.incrementAndGet();
    blobs.read(digest, sink);
  }

  @Override
  public void delete(String digest) throws StoreException {
    blobs.delete(digest);
  }

  @Override
  public void setAside(String digest) throws StoreException {
    blobs.setAside(digest);
  }

  @Override
  public int countSetAside(String digest) throws StoreException {
    return blobs.countSetAside(digest);
  }

  @Override
  public void deleteSetAside(String digest) throws StoreException {
    blobs.deleteSetAside(digest);
  }

  @Override
  public void forEach(Visitor visitor) throws StoreException, IOException {
    blobs.forEach(visitor);
  }

  @Override
  public int sweep(Instant before, boolean dryRun) throws StoreException {
    return blobs.sweep(before, dryRun);
  }
}
