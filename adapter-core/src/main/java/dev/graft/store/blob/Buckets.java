package dev.graft.store.blob;

import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The way to blobs in a bucket. The SDK is optional, and this class says so where it is missing.
 */
public final class Buckets {
  /** How much of a bucket's blobs is kept on the local disk. */
  public static final long CACHE_BYTES = 10L << 30;

  private static final S3Limits LIMITS = S3Limits.DEFAULT;
  private static final int MAX_NOTE_BYTES = 1 << 16;

  private Buckets() {}

  /**
   * The blobs of a bucket, with copies of those that were read on the local disk.
   *
   * @param directory gets {@code cache} for copies, and {@code tmp} for what is being sent
   */
  public static BlobStore open(Bucket bucket, Path directory) throws StoreException {
    Path temporary = DirectoryBlobStore.temporaryIn(directory);
    try {
      Files.createDirectories(temporary);
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("create " + temporary, e);
    }
    return withSdk(
        bucket,
        () ->
            new CachedBlobStore(
                new S3BlobStore(S3Clients.open(bucket, LIMITS), bucket, temporary, LIMITS),
                cacheIn(directory),
                CACHE_BYTES));
  }

  /** The directory for copies of blobs. */
  public static Path cacheIn(Path directory) {
    return directory.resolve("cache");
  }

  /** The content of a small object beside the blobs; empty where there is none. */
  public static Optional<byte[]> readNote(Bucket bucket, String name) throws StoreException {
    return withSdk(
        bucket,
        () -> {
          try (S3Client client = S3Clients.open(bucket, LIMITS)) {
            return new S3Note(client, bucket, LIMITS, name).read(MAX_NOTE_BYTES);
          }
        });
  }

  /**
   * Write a small object beside the blobs, unless there is one, and say what is there then. Of
   * several who do so at the same time on a server that knows conditional writes, one writes.
   */
  public static byte[] createNote(Bucket bucket, String name, byte[] content)
      throws StoreException {
    return withSdk(
        bucket,
        () -> {
          try (S3Client client = S3Clients.open(bucket, LIMITS)) {
            S3Note note = new S3Note(client, bucket, LIMITS, name);
            Optional<byte[]> there = note.read(MAX_NOTE_BYTES);
            if (there.isEmpty()) {
              note.create(content);
              there = note.read(MAX_NOTE_BYTES);
            }
            return there.orElseThrow(
                () ->
                    new StoreUnavailableException(
                        "%s lost %s right after it was written; try again"
                            .formatted(bucket, name)));
          }
        });
  }

  private interface Work<T> {
    T run() throws StoreException;
  }

  private static <T> T withSdk(Bucket bucket, Work<T> work) throws StoreException {
    try {
      return work.run();
    } catch (NoClassDefFoundError e) {
      throw new StoreUnavailableException(
          "cannot open %s: the class %s is missing; add software.amazon.awssdk:s3 and software.amazon.awssdk:apache5-client to the class path"
              .formatted(bucket, e.getMessage()),
          e);
    }
  }
}
