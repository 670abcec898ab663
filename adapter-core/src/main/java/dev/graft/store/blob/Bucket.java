package dev.graft.store.blob;

import dev.graft.files.Digests;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * A place for blobs on a store that speaks S3.
 *
 * @param name of the bucket
 * @param prefix what all keys start with, without a slash at either end; empty for the whole bucket
 */
public record Bucket(String name, String prefix) {
  private static final String SCHEME = "s3://";
  private static final int MAX_PREFIX = 512;
  private static final int FOLDER_DIGITS = 12;
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9!_.*'()-]+");

  /** Check both names: keys and messages are made of them. */
  public Bucket {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a bucket's name is 3 to 63 of a-z, 0-9, '.' and '-', found \"%.80s\"".formatted(name));
    }
    if (prefix.length() > MAX_PREFIX) {
      throw new IllegalArgumentException(
          "a prefix has at most %d characters, found %d".formatted(MAX_PREFIX, prefix.length()));
    }
    if (!prefix.isEmpty()) {
      for (String part : prefix.split("/", -1)) {
        requirePart(part);
      }
    }
  }

  private static void requirePart(String part) {
    if (!PART.matcher(part).matches() || part.equals(".") || part.equals("..")) {
      throw new IllegalArgumentException(
          "the parts of a prefix are of letters, digits and !_.*'()-, and none is empty, '.' or '..'; found \"%.80s\""
              .formatted(part));
    }
  }

  /**
   * Read {@code s3://BUCKET/PREFIX}.
   *
   * @throws IllegalArgumentException if it is something else; what stands before an {@code @} is
   *     not repeated, it may be a password
   */
  public static Bucket parse(String url) {
    if (url.indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "a bucket's URL has no user and no '@' in it; credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
    }
    if (!url.startsWith(SCHEME)) {
      throw new IllegalArgumentException(
          "a bucket is s3://BUCKET/PREFIX, found \"%.80s\"".formatted(url));
    }
    String rest = url.substring(SCHEME.length());
    int slash = rest.indexOf('/');
    if (slash < 0) {
      return new Bucket(rest, "");
    }
    String prefix = rest.substring(slash + 1);
    return new Bucket(
        rest.substring(0, slash),
        prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix);
  }

  /** The whole key of an object. */
  String key(String name) {
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** A name for a folder that belongs to this bucket and prefix alone. */
  public String folderName() {
    String digest = Digests.ofBytes(toString().getBytes(StandardCharsets.UTF_8));
    int start = digest.indexOf(':') + 1;
    return name + "-" + digest.substring(start, start + FOLDER_DIGITS);
  }

  @Override
  public String toString() {
    return prefix.isEmpty() ? SCHEME + name : SCHEME + name + "/" + prefix;
  }
}
