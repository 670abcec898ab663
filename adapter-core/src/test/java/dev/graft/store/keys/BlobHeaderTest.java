package dev.graft.store.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobHeaderTest {
  private static final String ID = "00112233-4455-6677-8899-aabbccddeeff";

  private static byte[] salt() {
    byte[] salt = new byte[BlobHeader.SALT_BYTES];
    for (int i = 0; i < salt.length; i++) {
      salt[i] = (byte) (200 + i);
    }
    return salt;
  }

  private static byte[] changed(int at, int value) {
    byte[] bytes = new BlobHeader(ID, salt()).bytes();
    bytes[at] = (byte) value;
    return bytes;
  }

  @Test
  void laysItsFieldsOutAsTheFormatSays() {
    byte[] bytes = new BlobHeader(ID, salt()).bytes();

    assertEquals(BlobHeader.BYTES, bytes.length);
    assertEquals("GRAFTENC", new String(bytes, 0, 8, StandardCharsets.US_ASCII));
    assertEquals("0100000000000000", HexFormat.of().formatHex(bytes, 8, 16));
    assertEquals(ID.replace("-", ""), HexFormat.of().formatHex(bytes, 16, 32));
    assertArrayEquals(salt(), Arrays.copyOfRange(bytes, 32, 64));
  }

  @Test
  void readsWhatItWrites() throws Exception {
    BlobHeader read = BlobHeader.read(ByteBuffer.wrap(new BlobHeader(ID, salt()).bytes()));

    assertEquals(ID, read.keyId());
    assertArrayEquals(salt(), read.salt());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 9, 15})
  void refusesAChangedMagicAndReservedBytesThatAreNotZero(int at) {
    assertThrows(
        DamagedStoreException.class, () -> BlobHeader.read(ByteBuffer.wrap(changed(at, 'x'))));
  }

  @Test
  void saysThatItIsOfANewerFormatBeforeItLooksFurther() {
    byte[] newer = changed(8, 2);
    newer[9] = 1;

    var problem =
        assertThrows(StoreFormatException.class, () -> BlobHeader.read(ByteBuffer.wrap(newer)));

    assertEquals(
        "a blob is encrypted in format 2, this Graft reads formats up to 1; use a newer Graft",
        problem.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void refusesAFormatThatNeverWas(int format) {
    var problem =
        assertThrows(
            DamagedStoreException.class,
            () -> BlobHeader.read(ByteBuffer.wrap(changed(8, format))));

    assertEquals(
        "an encrypted blob cannot be opened: its header is none; run fsck, and restore it from a backup",
        problem.getMessage());
  }
}
