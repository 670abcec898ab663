package dev.graft.store.keys;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM over the segments of one blob, with the header as associated data. The nonce of a
 * segment is 7 zeros, whether it is the last (1 byte), and its number (4 bytes, big-endian), so
 * that segments cannot be moved, repeated or cut off (the STREAM construction of Hoang,
 * Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance", 2015). Nonces start anew with each blob, which is safe since each has a key
 * of its own.
 */
final class SegmentCipher {
  static final int SEGMENT_BYTES = 1 << 16;
  static final int TAG_BYTES = 16;

  private static final String ALGORITHM = "AES/GCM/NoPadding";
  private static final int NONCE_BYTES = 12;
  private static final int NONCE_ZEROS = 7;
  private static final int BITS_PER_BYTE = 8;

  private final int mode;
  private final SecretKeySpec key;
  private final byte[] header;
  private final Cipher cipher;
  private int segment;

  private SegmentCipher(int mode, byte[] key, byte[] header) {
    this.mode = mode;
    this.key = new SecretKeySpec(key, "AES");
    this.header = header;
    try {
      this.cipher = Cipher.getInstance(ALGORITHM);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks " + ALGORITHM, e);
    }
  }

  static SegmentCipher encrypting(DataKey key, BlobHeader header) {
    return new SegmentCipher(Cipher.ENCRYPT_MODE, blobKey(key, header), header.bytes());
  }

  static SegmentCipher decrypting(DataKey key, BlobHeader header) {
    return new SegmentCipher(Cipher.DECRYPT_MODE, blobKey(key, header), header.bytes());
  }

  private static byte[] blobKey(DataKey key, BlobHeader header) {
    return key.derive("graft blob key 1", header.salt());
  }

  /**
   * The next segment, from {@code in} to {@code out}.
   *
   * @throws AEADBadTagException if it is decrypted and is not what was encrypted
   */
  void next(boolean last, ByteBuffer in, ByteBuffer out) throws AEADBadTagException {
    byte[] nonce =
        ByteBuffer.allocate(NONCE_BYTES)
            .put(NONCE_ZEROS, (byte) (last ? 1 : 0))
            .putInt(NONCE_ZEROS + 1, segment++)
            .array();
    try {
      cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * BITS_PER_BYTE, nonce));
      cipher.updateAAD(header);
      cipher.doFinal(in, out);
    } catch (AEADBadTagException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM failed", e);
    }
  }
}
