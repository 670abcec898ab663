package dev.graft.store.keys;

import java.nio.channels.ReadableByteChannel;

/**
 * Encrypted blobs: a {@link BlobHeader}, then the content in segments of 64 KiB, each encrypted by
 * {@link SegmentCipher} and 16 bytes longer than before; the last is shorter, and empty only where
 * the content is.
 *
 * <p>The salt is derived from the key and the digest of the content, and the blob's own key from
 * the salt. So equal content under one key gives the same blob: it is stored once, and publishing
 * it again heals it. Nobody without the key can tell whether two blobs of two tenants are of equal
 * content, or whether a blob is of content they guess.
 */
public final class SealedBlob {
  private SealedBlob() {}

  /** The length of the blob for content of a length. */
  public static long sizeOf(long contentBytes) {
    return BlobHeader.BYTES + contentBytes + segments(contentBytes) * SegmentCipher.TAG_BYTES;
  }

  static long segments(long contentBytes) {
    return Math.max(
        1, (contentBytes + SegmentCipher.SEGMENT_BYTES - 1) / SegmentCipher.SEGMENT_BYTES);
  }

  /**
   * Encrypt while reading.
   *
   * @param digest of the content
   * @param contentBytes its length; another length fails when it is found
   * @param content read to its end, and closed with the channel that is returned
   */
  public static ReadableByteChannel seal(
      DataKey key, byte[] digest, long contentBytes, ReadableByteChannel content) {
    byte[] salt = key.derive("graft blob salt 1", digest);
    return new SealingChannel(key, new BlobHeader(key.id(), salt), contentBytes, content);
  }

  /**
   * Decrypt what comes in parts. What the sink gets was authenticated, but the end may be missing
   * until {@link OpeningBlob#finish} has returned.
   */
  public static OpeningBlob open(DataKey key, OpeningBlob.Sink sink) {
    return new OpeningBlob(key, sink);
  }
}
