package dev.graft.hub;

import dev.graft.files.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a file's content must hash to. Large files have the SHA-256 of their bytes, small ones the
 * name of their git blob: the SHA-1 of {@code "blob " + size + NUL + bytes}.
 *
 * @param kind how it is computed
 * @param hex the value in lower case
 */
public record ContentDigest(Kind kind, String hex) {
  /** How a digest is computed. */
  public enum Kind {
    /** SHA-256 of the bytes. */
    SHA256("sha256", 64),
    /** The name of the git blob. */
    GIT_BLOB("git-sha1", 40);

    private final String text;
    private final Pattern form;

    Kind(String text, int digits) {
      this.text = text;
      form = Pattern.compile("[0-9a-fA-F]{%d}".formatted(digits));
    }
  }

  private static final int CHUNK_BYTES = 1 << 20;

  /** The digest, where the text has its form. */
  static Optional<ContentDigest> of(Kind kind, String text) {
    return kind.form.matcher(text).matches()
        ? Optional.of(new ContentDigest(kind, text.toLowerCase(Locale.ROOT)))
        : Optional.empty();
  }

  /** The digest an entity tag of the Hub holds: its length says which one. */
  static Optional<ContentDigest> ofTag(String tag) {
    String bare = tag.replaceFirst("^W/", "").replace("\"", "").strip();
    return of(Kind.SHA256, bare).or(() -> of(Kind.GIT_BLOB, bare));
  }

  /** The digest of this kind that a file has. */
  ContentDigest computed(Path file) throws IOException {
    MessageDigest digest = kind == Kind.SHA256 ? Digests.sha256() : sha1();
    if (kind == Kind.GIT_BLOB) {
      String header = "blob %d\0".formatted(Files.size(file));
      digest.update(header.getBytes(StandardCharsets.US_ASCII));
    }
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(chunk.clear()) >= 0) {
        digest.update(chunk.flip());
      }
    }
    return new ContentDigest(kind, HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-1", e);
    }
  }

  @Override
  public String toString() {
    return kind.text + ":" + hex;
  }
}
