package dev.graft.store.blob;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.Digests;
import dev.graft.store.model.DamagedStoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every store of blobs does, wherever they are. */
abstract class BlobStoreContract {
  static final String ABSENT = "sha256:" + "0".repeat(64);

  @TempDir Path folder;
  BlobStore blobs = DirectoryBlobStore.in(Path.of("unset"));

  /** A store without blobs. */
  abstract BlobStore newStore() throws IOException;

  /** Write other content under a blob's digest, past the store. */
  abstract void change(String digest, byte[] content) throws IOException;

  /** How many blobs were set aside. */
  abstract long countDamaged() throws IOException;

  @BeforeEach
  void open() throws IOException {
    blobs = newStore();
  }

  @AfterEach
  void close() {
    blobs.close();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] noise(int count) {
    byte[] noise = new byte[count];
    new java.util.Random(count).nextBytes(noise);
    return noise;
  }

  static Blob put(BlobStore store, byte[] content) throws IOException {
    return store.put(Channels.newChannel(new ByteArrayInputStream(content)));
  }

  static byte[] read(BlobStore store, String digest) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    WritableByteChannel sink = Channels.newChannel(bytes);
    store.read(digest, sink::write);
    return bytes.toByteArray();
  }

  Map<String, Long> all() throws IOException {
    Map<String, Long> found = new HashMap<>();
    blobs.forEach((blob, stored) -> found.put(blob.digest(), blob.sizeBytes()));
    return found;
  }

  @Test
  void givesBackWhatItWasGiven() throws IOException {
    for (byte[] content : List.of(bytes(""), bytes("a"), noise(1_000_000))) {
      Blob blob = put(blobs, content);

      assertEquals(new Blob(Digests.ofBytes(content), content.length), blob);
      assertArrayEquals(content, read(blobs, blob.digest()));
      assertArrayEquals(content, read(blobs, blob.digest()));
      assertEquals(OptionalLong.of(content.length), blobs.size(blob.digest()));
      blobs.verify(blob.digest());
    }
    assertEquals(3, all().size());
  }

  @Test
  void measuresManyAndLeavesOutWhatIsMissing() throws IOException {
    Map<String, Long> expected = new HashMap<>();
    for (int length = 1; length <= 20; length++) {
      expected.put(put(blobs, noise(length)).digest(), (long) length);
    }
    Set<String> wanted = new HashSet<>(expected.keySet());
    wanted.add(ABSENT);

    assertEquals(expected, blobs.sizes(wanted));
    assertEquals(Map.of(), blobs.sizes(Set.of()));
    assertThrows(IllegalArgumentException.class, () -> blobs.sizes(Set.of("../x")));
  }

  @Test
  void saysThatABlobIsMissing() throws IOException {
    assertEquals(OptionalLong.empty(), blobs.size(ABSENT));
    var problem = assertThrows(DamagedStoreException.class, () -> read(blobs, ABSENT));
    assertThrows(DamagedStoreException.class, () -> blobs.verify(ABSENT));

    assertTrue(problem.toString().contains("is missing"), problem.toString());
    assertTrue(problem.toString().contains("0".repeat(64)), problem.toString());
    assertEquals(Map.of(), all());
  }

  @Test
  void noticesChangedContentAndHealsIt() throws IOException {
    Blob blob = put(blobs, bytes("sound"));
    change(blob.digest(), bytes("wrong"));

    var problem = assertThrows(DamagedStoreException.class, () -> read(blobs, blob.digest()));
    assertThrows(DamagedStoreException.class, () -> blobs.verify(blob.digest()));
    assertTrue(problem.toString().contains(Digests.ofBytes(bytes("wrong"))), problem.toString());

    put(blobs, bytes("sound"));

    assertArrayEquals(bytes("sound"), read(blobs, blob.digest()));
    blobs.verify(blob.digest());
  }

  /** What damages a blob after it was read is no less damage. */
  @Test
  void verifiesWhereTheBlobIsKept() throws IOException {
    Blob blob = put(blobs, bytes("sound"));
    read(blobs, blob.digest());
    change(blob.digest(), bytes("wrong, and longer"));

    assertThrows(DamagedStoreException.class, () -> blobs.verify(blob.digest()));
    assertEquals(OptionalLong.of(17), blobs.size(blob.digest()));
  }

  @Test
  void refreshesTheTimeOfWhatIsPutAgain() throws IOException {
    Blob blob = put(blobs, bytes("twice"));
    Instant first = storedAt(blob);

    put(blobs, bytes("twice"));

    assertTrue(!storedAt(blob).isBefore(first));
    assertEquals(Map.of(blob.digest(), 5L), all());
  }

  private Instant storedAt(Blob wanted) throws IOException {
    List<Instant> times = new ArrayList<>();
    blobs.forEach(
        (blob, stored) -> {
          if (blob.equals(wanted)) {
            times.add(stored);
          }
        });
    return times.get(0);
  }

  @Test
  void deletesForGoodAndTwice() throws IOException {
    Blob blob = put(blobs, bytes("short-lived"));
    Blob other = put(blobs, bytes("long-lived"));
    read(blobs, blob.digest());

    blobs.delete(blob.digest());
    blobs.delete(blob.digest());

    assertEquals(OptionalLong.empty(), blobs.size(blob.digest()));
    assertThrows(DamagedStoreException.class, () -> read(blobs, blob.digest()));
    assertArrayEquals(bytes("long-lived"), read(blobs, other.digest()));
  }

  @Test
  void setsDamagedBlobsAside() throws IOException {
    Blob blob = put(blobs, bytes("sound"));
    read(blobs, blob.digest());
    change(blob.digest(), bytes("wrong"));

    blobs.setAside(blob.digest());
    blobs.setAside(blob.digest());

    assertEquals(1, countDamaged());
    assertEquals(OptionalLong.empty(), blobs.size(blob.digest()));
    assertThrows(DamagedStoreException.class, () -> read(blobs, blob.digest()));
    assertEquals(Map.of(), all());
  }

  @Test
  void deletesAllThatWasSetAsideOfABlobAndNothingElse() throws IOException {
    Blob blob = put(blobs, bytes("right"));
    blobs.setAside(blob.digest());
    put(blobs, bytes("right"));
    blobs.setAside(blob.digest());
    put(blobs, bytes("right"));
    Blob other = put(blobs, bytes("other"));
    blobs.setAside(other.digest());
    assertEquals(3, countDamaged());
    assertEquals(2, blobs.countSetAside(blob.digest()));
    assertEquals(1, blobs.countSetAside(other.digest()));

    blobs.deleteSetAside(blob.digest());
    blobs.deleteSetAside(blob.digest());
    blobs.forceDeletions();

    assertEquals(1, countDamaged());
    assertEquals(0, blobs.countSetAside(blob.digest()));
    assertEquals(blob.sizeBytes(), blobs.size(blob.digest()).orElseThrow());
  }

  @Test
  void refusesWhatIsNoDigest() {
    for (String name :
        List.of("sha256:../../etc/passwd", "", "sha256:12", "sha256:" + "G".repeat(64))) {
      assertThrows(IllegalArgumentException.class, () -> blobs.size(name));
      assertThrows(IllegalArgumentException.class, () -> read(blobs, name));
      assertThrows(IllegalArgumentException.class, () -> blobs.delete(name));
      assertThrows(IllegalArgumentException.class, () -> blobs.setAside(name));
      assertThrows(IllegalArgumentException.class, () -> blobs.deleteSetAside(name));
      assertThrows(IllegalArgumentException.class, () -> blobs.countSetAside(name));
    }
  }

  @Test
  void storesNothingWhenItsSourceFails() throws IOException {
    IOException broken = new IOException("the source broke");
    ReadableByteChannel source =
        new ReadableByteChannel() {
          private int given;

          @Override
          public int read(ByteBuffer target) throws IOException {
            if (given++ > 3) {
              throw broken;
            }
            target.put((byte) 'x');
            return 1;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };

    var problem = assertThrows(IOException.class, () -> blobs.put(source));

    assertSame(broken, problem);
    assertEquals(Map.of(), all());
    assertEquals(0, blobs.sweep(Instant.now().plusSeconds(60), true));
  }

  @Test
  void passesOnWhatFailsInTheSink() throws IOException {
    Blob blob = put(blobs, noise(500_000));
    IOException full = new IOException("the sink is full");

    var problem =
        assertThrows(
            IOException.class,
            () ->
                blobs.read(
                    blob.digest(),
                    part -> {
                      throw full;
                    }));

    assertSame(full, problem);
    assertArrayEquals(noise(500_000), read(blobs, blob.digest()));
  }

  @Test
  void takesEqualAndDifferentBlobsFromManyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Void>> work = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        byte[] content = noise(1000 + i % 6);
        work.add(
            CompletableFuture.runAsync(
                () -> {
                  try {
                    assertArrayEquals(content, read(blobs, put(blobs, content).digest()));
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                },
                threads));
      }
      work.forEach(CompletableFuture::join);
    } finally {
      threads.shutdown();
    }
    assertEquals(6, all().size());
    assertEquals(0, blobs.sweep(Instant.now().plusSeconds(60), true));
  }
}
