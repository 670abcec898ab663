package dev.graft.store;

import dev.graft.store.blob.BlobStore;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the blobs take where they are kept for good, also those that nothing refers to any more.
 *
 * @param blobs how many
 * @param bytes their lengths together
 */
public record BlobTotals(long blobs, long bytes) {
  static BlobTotals of(BlobStore store) throws IOException {
    AtomicLong count = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    store.forEach(
        (blob, stored) -> {
          count.incrementAndGet();
          bytes.addAndGet(blob.sizeBytes());
        });
    return new BlobTotals(count.get(), bytes.get());
  }
}
