package dev.graft.store.blob;

import java.time.Duration;

/**
 * How patient the client of a bucket is.
 *
 * @param attempts how often a request is sent before it has failed
 * @param connect the longest wait for a connection
 * @param silence the longest wait for the next bytes
 * @param look the longest time for a request without a blob in it, all attempts together
 * @param transfer the longest time for a request with a blob or a part of one, all attempts
 *     together; of a blob that is read, until its first byte
 * @param partBytes blobs of more than four parts are sent in parts of this size
 */
record S3Limits(
    int attempts,
    Duration connect,
    Duration silence,
    Duration look,
    Duration transfer,
    int partBytes) {
  /** A look happens while other writers wait, and they wait for 20 seconds. */
  static final S3Limits DEFAULT =
      new S3Limits(
          3,
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          Duration.ofMinutes(10),
          16 << 20);

  private static final int PARTS_AT_ONCE = 4;

  /** Whether a blob is sent in parts. */
  boolean isLarge(long sizeBytes) {
    return sizeBytes > (long) PARTS_AT_ONCE * partBytes;
  }
}
