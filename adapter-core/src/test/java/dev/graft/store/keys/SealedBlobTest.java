package dev.graft.store.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.files.Digests;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealedBlobTest {
  private static final int SEGMENT = SegmentCipher.SEGMENT_BYTES;
  private static final int SEALED_SEGMENT = SEGMENT + SegmentCipher.TAG_BYTES;

  private final DataKey key = DataKey.random(new SecureRandom());

  @ParameterizedTest
  @ValueSource(ints = {0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT + 7})
  void opensWhatItSealed(int size) throws IOException {
    byte[] content = content(size);

    byte[] sealed = seal(key, content);

    assertEquals(SealedBlob.sizeOf(size), sealed.length);
    assertArrayEquals(content, open(key, sealed, 1000));
    assertArrayEquals(content, open(key, sealed, sealed.length));
  }

  @Test
  void givesTheSameBlobForTheSameContentAndKeyAlone() throws IOException {
    byte[] content = content(1000);
    DataKey other = DataKey.random(new SecureRandom());

    assertArrayEquals(seal(key, content), seal(key, content));
    assertFalse(Arrays.equals(seal(key, content), seal(other, content)));
    byte[] changed = content.clone();
    changed[999]++;
    byte[] one = seal(key, content);
    byte[] two = seal(key, changed);
    assertFalse(Arrays.equals(Arrays.copyOf(one, 500), Arrays.copyOf(two, 500)));
  }

  @Test
  void refusesABlobInWhichAnyByteWasChanged() throws IOException {
    byte[] sealed = seal(key, content(2 * SEGMENT + 100));
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      int at = i < BlobHeader.BYTES ? i : random.nextInt(sealed.length);
      byte[] changed = sealed.clone();
      changed[at] ^= (byte) (1 << random.nextInt(8));
      // A higher format is another refusal.
      assertThrows(IOException.class, () -> open(key, changed, 4096), () -> "byte " + at);
    }
  }

  @Test
  void refusesABlobThatWasCutAnywhere() throws IOException {
    byte[] sealed = seal(key, content(2 * SEGMENT));
    int[] cuts = {
      0,
      10,
      BlobHeader.BYTES,
      BlobHeader.BYTES + 15,
      BlobHeader.BYTES + SEALED_SEGMENT,
      sealed.length - SEALED_SEGMENT,
      sealed.length - 16,
      sealed.length - 1
    };
    for (int cut : cuts) {
      assertThrows(
          DamagedStoreException.class,
          () -> open(key, Arrays.copyOf(sealed, cut), 4096),
          () -> "cut at " + cut);
    }
    assertThrows(
        DamagedStoreException.class,
        () -> open(key, Arrays.copyOf(sealed, sealed.length + 1), 4096));
  }

  @Test
  void refusesSegmentsInAnotherOrder() throws IOException {
    byte[] sealed = seal(key, content(3 * SEGMENT));
    byte[] swapped = sealed.clone();
    System.arraycopy(
        sealed, BlobHeader.BYTES, swapped, BlobHeader.BYTES + SEALED_SEGMENT, SEALED_SEGMENT);
    System.arraycopy(
        sealed, BlobHeader.BYTES + SEALED_SEGMENT, swapped, BlobHeader.BYTES, SEALED_SEGMENT);

    assertThrows(DamagedStoreException.class, () -> open(key, swapped, 4096));
  }

  @Test
  void refusesAnotherKeyAlsoOfTheSameName() throws IOException {
    byte[] sealed = seal(key, content(10));
    byte[] secret = new byte[DataKey.BYTES];

    assertThrows(
        DamagedStoreException.class, () -> open(DataKey.random(new SecureRandom()), sealed, 99));
    assertThrows(DamagedStoreException.class, () -> open(DataKey.of(key.id(), secret), sealed, 99));
  }

  @Test
  void saysWhenABlobIsOfANewerFormat() throws IOException {
    byte[] sealed = seal(key, content(10));
    sealed[8] = 2;

    assertThrows(StoreFormatException.class, () -> open(key, sealed, 99));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void failsWhereTheContentHasAnotherLengthThanItWas(int difference) {
    byte[] content = content(SEGMENT);

    assertThrows(IOException.class, () -> seal(key, content, content.length + difference));
  }

  @Test
  void showsNoSecretInItsText() {
    assertEquals("key " + key.id(), key.toString());
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  private static byte[] seal(DataKey key, byte[] content) throws IOException {
    return seal(key, content, content.length);
  }

  private static byte[] seal(DataKey key, byte[] content, long length) throws IOException {
    byte[] digest = Digests.sha256().digest(content);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(777);
    try (ReadableByteChannel channel =
        SealedBlob.seal(
            key, digest, length, Channels.newChannel(new ByteArrayInputStream(content)))) {
      while (channel.read(chunk.clear()) >= 0) {
        bytes.write(chunk.array(), 0, chunk.position());
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] open(DataKey key, byte[] sealed, int chunk) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    WritableByteChannel sink = Channels.newChannel(bytes);
    OpeningBlob opening = SealedBlob.open(key, sink::write);
    for (int from = 0; from < sealed.length; from += chunk) {
      opening.accept(ByteBuffer.wrap(sealed, from, Math.min(chunk, sealed.length - from)));
    }
    opening.finish();
    return bytes.toByteArray();
  }
}
