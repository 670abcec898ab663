package dev.graft.store.blob;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.DamagedStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Over blobs in a directory, which counts how often it is read. */
class CachedBlobStoreTest extends BlobStoreContract {
  private static final long LIMIT = 2 << 20;

  private CountingBlobStore remote = new CountingBlobStore(DirectoryBlobStore.in(Path.of("unset")));

  @Override
  BlobStore newStore() throws IOException {
    DirectoryBlobStore.create(far());
    remote = new CountingBlobStore(DirectoryBlobStore.in(far()));
    return cached();
  }

  private Path far() {
    return folder.resolve("far");
  }

  /** One more user of the same copies, as another process is. */
  private BlobStore cached() {
    return new CachedBlobStore(remote, folder.resolve("near"), LIMIT);
  }

  private Path copyOf(Blob blob) {
    return folder.resolve("near/sha256").resolve(blob.digest().substring(7));
  }

  @Override
  void change(String digest, byte[] content) throws IOException {
    Files.write(far().resolve("blobs/sha256").resolve(digest.substring(7)), content);
  }

  @Override
  long countDamaged() throws IOException {
    try (var files = Files.list(far().resolve("damaged"))) {
      return files.count();
    }
  }

  @Test
  void fetchesABlobOnce() throws IOException {
    Blob blob = put(blobs, bytes("far"));

    read(blobs, blob.digest());
    read(blobs, blob.digest());
    read(cached(), blob.digest());

    assertEquals(1, remote.reads());
  }

  @Test
  void fetchesABlobOnceForManyThreads() {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Blob blob = put(blobs, noise(100_000));
      CompletableFuture.allOf(
              java.util.stream.IntStream.range(0, 16)
                  .mapToObj(i -> CompletableFuture.runAsync(() -> readUnchecked(blob), threads))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      threads.shutdown();
    }

    assertEquals(1, remote.reads());
  }

  private void readUnchecked(Blob blob) {
    try {
      assertArrayEquals(noise(100_000), read(blobs, blob.digest()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void dropsADamagedCopyAndFetchesTheBlobAgain() throws IOException {
    Blob blob = put(blobs, bytes("sound"));
    read(blobs, blob.digest());
    Files.write(copyOf(blob), bytes("wrong"));

    assertArrayEquals(bytes("sound"), read(blobs, blob.digest()));
    assertArrayEquals(bytes("sound"), Files.readAllBytes(copyOf(blob)));
    assertEquals(2, remote.reads());
  }

  @Test
  void keepsNoDamagedBlobAndSeesThatAnotherProcessHealedIt() throws IOException {
    Blob blob = put(blobs, bytes("sound"));
    change(blob.digest(), bytes("wrong"));
    assertThrows(DamagedStoreException.class, () -> read(blobs, blob.digest()));
    assertFalse(Files.exists(copyOf(blob)));

    put(cached(), bytes("sound"));

    assertArrayEquals(bytes("sound"), read(blobs, blob.digest()));
  }

  @Test
  void deletesWhatWasNotUsedForLongest() throws IOException {
    byte[] third = noise((int) LIMIT / 3);
    Blob oldest = put(blobs, third);
    Blob used = put(blobs, noise(third.length - 1));
    Blob newest = put(blobs, noise(third.length - 2));
    for (Blob blob : new Blob[] {oldest, used, newest}) {
      read(blobs, blob.digest());
      Files.setLastModifiedTime(copyOf(blob), FileTime.from(Instant.now().minusSeconds(600)));
    }
    assertArrayEquals(third, read(blobs, oldest.digest()));
    Files.setLastModifiedTime(copyOf(used), FileTime.from(Instant.now().minusSeconds(1200)));

    Blob more = put(blobs, noise(third.length - 3));
    read(blobs, more.digest());

    assertFalse(Files.exists(copyOf(used)));
    assertTrue(Files.exists(copyOf(oldest)));
    assertTrue(Files.exists(copyOf(newest)));
    assertTrue(Files.exists(copyOf(more)));
    assertArrayEquals(noise(third.length - 1), read(blobs, used.digest()));
  }

  @Test
  void readsWhatIsLargerThanTheLimitAndKeepsTheRest() throws IOException {
    Blob small = put(blobs, bytes("small"));
    read(blobs, small.digest());
    Blob large = put(blobs, noise((int) LIMIT + 1));

    assertArrayEquals(noise((int) LIMIT + 1), read(blobs, large.digest()));

    assertFalse(Files.exists(copyOf(large)));
    assertTrue(Files.exists(copyOf(small)));
  }

  @Test
  void goesOnReadingWhatAnotherProcessDeletes() throws IOException {
    byte[] content = noise(1_000_000);
    Blob blob = put(blobs, content);
    read(blobs, blob.digest());
    java.io.ByteArrayOutputStream found = new java.io.ByteArrayOutputStream();

    blobs.read(
        blob.digest(),
        part -> {
          Files.deleteIfExists(copyOf(blob));
          java.nio.channels.Channels.newChannel(found).write(part);
        });

    assertArrayEquals(content, found.toByteArray());
  }

  @Test
  void readsFromAfarWhereTheDiskFails() throws IOException {
    Files.writeString(folder.resolve("near"), "a file where the directory should be");
    Blob blob = put(blobs, bytes("far"));

    assertArrayEquals(bytes("far"), read(blobs, blob.digest()));
    assertArrayEquals(bytes("far"), read(blobs, blob.digest()));
  }

  @Test
  void takesTheCopyAwayWithTheBlob() throws IOException {
    Blob blob = put(blobs, bytes("secret"));
    read(blobs, blob.digest());

    blobs.delete(blob.digest());

    assertFalse(Files.exists(copyOf(blob)));
  }

  @Test
  void sweepsWhatUnfinishedFetchesLeft() throws IOException {
    read(blobs, put(blobs, bytes("x")).digest());
    Files.writeString(folder.resolve("near/tmp/y.part"), "left");

    assertEquals(1, blobs.sweep(Instant.now().plusSeconds(60), true));
    assertEquals(1, blobs.sweep(Instant.now().plusSeconds(60), false));
    assertEquals(0, blobs.sweep(Instant.now().plusSeconds(60), false));
  }
}
