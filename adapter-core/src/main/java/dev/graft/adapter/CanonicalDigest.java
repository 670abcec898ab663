package dev.graft.adapter;

import dev.graft.files.Digests;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * SHA-256 over a sequence of values, each with its length before it so that no two sequences read
 * the same. Used by one thread.
 */
public final class CanonicalDigest {
  private static final int CHUNK_FLOATS = 1 << 14;

  private final MessageDigest sha = Digests.sha256();

  CanonicalDigest() {}

  /** Add a whole number, or the bits of another. */
  public void number(long value) {
    sha.update(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).flip());
  }

  /** Add a text. */
  public void text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    number(bytes.length);
    sha.update(bytes);
  }

  /** Add the shape and the values of a tensor. */
  public void tensor(FloatTensor tensor) {
    number(tensor.shape().size());
    tensor.shape().forEach(this::number);
    FloatBuffer values = tensor.buffer();
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      chunk.clear();
      for (int i = 0; i < CHUNK_FLOATS && values.hasRemaining(); i++) {
        chunk.putFloat(values.get());
      }
      sha.update(chunk.flip());
    }
  }

  byte[] bytes() {
    return sha.digest();
  }
}
