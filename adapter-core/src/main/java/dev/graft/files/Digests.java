package dev.graft.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, which every Java platform has, in the form in which Graft's files hold it. */
public final class Digests {
  private static final int CHUNK_BYTES = 1 << 20;

  private Digests() {}

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }

  /** {@code sha256:} and 64 hexadecimal digits; the digest starts anew. */
  public static String text(MessageDigest digest) {
    return text(digest.digest());
  }

  /** The same of 32 bytes that a digest gave. */
  public static String text(byte[] digest) {
    return "sha256:" + HexFormat.of().formatHex(digest);
  }

  /** The {@link #text} of some bytes. */
  public static String ofBytes(byte[] bytes) {
    MessageDigest digest = sha256();
    digest.update(bytes);
    return text(digest);
  }

  /** The {@link #text} of a file's content. */
  public static String ofFile(Path file) throws IOException {
    MessageDigest digest = sha256();
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(chunk.clear()) >= 0) {
        digest.update(chunk.flip());
      }
    }
    return text(digest);
  }
}
