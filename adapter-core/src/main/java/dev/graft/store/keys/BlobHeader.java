package dev.graft.store.keys;

import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The first 64 bytes of an encrypted blob: {@code GRAFTENC}, the format (1 byte), 7 zeros, the id
 * of the tenant's key (16 bytes, big-endian), the salt (32 bytes).
 */
final class BlobHeader {
  static final int BYTES = 64;
  static final int SALT_BYTES = 32;

  private static final byte[] MAGIC = "GRAFTENC".getBytes(StandardCharsets.US_ASCII);
  private static final byte FORMAT = 1;
  private static final int RESERVED_BYTES = 7;

  private final String keyId;
  private final byte[] salt;

  BlobHeader(String keyId, byte[] salt) {
    this.keyId = keyId;
    this.salt = salt.clone();
  }

  String keyId() {
    return keyId;
  }

  byte[] salt() {
    return salt.clone();
  }

  byte[] bytes() {
    UUID id = UUID.fromString(keyId);
    return ByteBuffer.allocate(BYTES)
        .put(MAGIC)
        .put(FORMAT)
        .put(new byte[RESERVED_BYTES])
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .put(salt)
        .array();
  }

  static BlobHeader read(ByteBuffer bytes) throws DamagedStoreException, StoreFormatException {
    byte[] magic = new byte[MAGIC.length];
    bytes.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw damaged("it does not start as an encrypted blob does");
    }
    byte format = bytes.get();
    if (format > FORMAT) {
      throw new StoreFormatException(
          "a blob is encrypted in format %d, this Graft reads formats up to %d; use a newer Graft"
              .formatted(format, FORMAT));
    }
    byte[] reserved = new byte[RESERVED_BYTES];
    bytes.get(reserved);
    if (format != FORMAT || !Arrays.equals(reserved, new byte[RESERVED_BYTES])) {
      throw damaged("its header is none");
    }
    UUID id = new UUID(bytes.getLong(), bytes.getLong());
    byte[] salt = new byte[SALT_BYTES];
    bytes.get(salt);
    return new BlobHeader(id.toString(), salt);
  }

  static DamagedStoreException damaged(String problem) {
    return damaged(problem, null);
  }

  static DamagedStoreException damaged(String problem, @Nullable Exception cause) {
    return new DamagedStoreException(
        "an encrypted blob cannot be opened: %s; run fsck, and restore it from a backup"
            .formatted(problem),
        cause);
  }
}
