package dev.graft.store.blob;

import dev.graft.files.Digests;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.pagination.sync.SdkIterable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Blobs as objects of a bucket: {@code PREFIX/blobs/sha256/<64 hexadecimal digits>}, beside {@code
 * PREFIX/damaged} for those that were set aside.
 *
 * <p>A blob is written to a local file first, since its key is its digest; then it is sent, also
 * over an object that is there. What the server has acknowledged is kept.
 */
final class S3BlobStore implements BlobStore {
  private static final int CHUNK_BYTES = 1 << 16;
  private static final String DIGEST_START = "sha256:";
  private static final String BLOBS = "blobs/sha256/";
  private static final String DAMAGED = "damaged/";

  private final S3Client client;
  private final Bucket bucket;
  private final Path temporary;
  private final S3Limits limits;

  /**
   * Blobs of a bucket.
   *
   * @param client closed with this store
   * @param temporary a directory for what is being sent
   */
  S3BlobStore(S3Client client, Bucket bucket, Path temporary, S3Limits limits) {
    this.client = client;
    this.bucket = bucket;
    this.temporary = temporary;
    this.limits = limits;
  }

  @Override
  public Blob put(ReadableByteChannel content) throws StoreException, IOException {
    Path part = temporary.resolve(UUID.randomUUID() + ".part");
    BlobFiles files = BlobFiles.ofSystem();
    try {
      Blob blob = IncomingBlob.write(content, part, files);
      send(part, blob);
      return blob;
    } catch (IncomingBlob.ContentFailure e) {
      throw e.reason();
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw TemporaryFiles.unavailable("write a blob below %s".formatted(temporary), e);
    } finally {
      dropQuietly(files, part);
    }
  }

  private void send(Path part, Blob blob) throws IOException {
    String key = keyOf(blob.digest());
    try {
      new S3Upload(client, bucket, limits).send(part, blob, key);
    } catch (SdkException e) {
      throw S3Failure.unavailable("put", bucket, key, e);
    }
  }

  /**
   * A blob that is sent stays so, also where its local file cannot be deleted; it is swept later.
   */
  private static void dropQuietly(BlobFiles files, Path part) {
    try {
      files.delete(part);
    } catch (IOException e) {
      return;
    }
  }

  @Override
  public OptionalLong size(String digest) throws StoreException {
    String key = keyOf(digest);
    try {
      return OptionalLong.of(
          client
              .headObject(
                  request ->
                      request
                          .bucket(bucket.name())
                          .key(key)
                          .overrideConfiguration(S3Clients.look(limits)))
              .contentLength());
    } catch (SdkException e) {
      if (S3Failure.isMissing(e)) {
        return OptionalLong.empty();
      }
      throw S3Failure.unavailable("look at", bucket, key, e);
    }
  }

  @Override
  public Map<String, Long> sizes(Collection<String> digests) throws StoreException {
    return ManyLooks.sizes(digests, this::size);
  }

  @Override
  public void read(String digest, Sink sink) throws StoreException, IOException {
    String key = keyOf(digest);
    MessageDigest sha = Digests.sha256();
    byte[] chunk = new byte[CHUNK_BYTES];
    ResponseInputStream<GetObjectResponse> content = open(key);
    try {
      for (int count = next(key, content, chunk); count >= 0; count = next(key, content, chunk)) {
        sha.update(chunk, 0, count);
        sink.accept(ByteBuffer.wrap(chunk, 0, count));
      }
    } finally {
      // Closing would read what is left.
      content.abort();
    }
    String found = Digests.text(sha);
    if (!found.equals(digest)) {
      throw new DamagedStoreException(
          "blob s3://%s/%s has other content, of digest %s; publish the version again or restore the object from a backup, and run fsck"
              .formatted(bucket.name(), key, found));
    }
  }

  private ResponseInputStream<GetObjectResponse> open(String key) throws StoreException {
    try {
      return client.getObject(request -> request.bucket(bucket.name()).key(key));
    } catch (SdkException e) {
      if (S3Failure.isMissing(e)) {
        throw missing(key, e);
      }
      throw S3Failure.unavailable("open", bucket, key, e);
    }
  }

  private int next(String key, InputStream content, byte[] chunk) throws StoreUnavailableException {
    try {
      return content.read(chunk);
    } catch (IOException | SdkException e) {
      throw S3Failure.unavailable("read", bucket, key, e);
    }
  }

  private DamagedStoreException missing(String key, @Nullable Exception cause) {
    return new DamagedStoreException(
        "blob s3://%s/%s is missing; publish the version again or restore the object from a backup, and run fsck"
            .formatted(bucket.name(), key),
        cause);
  }

  @Override
  public void delete(String digest) throws StoreException {
    String key = keyOf(digest);
    try {
      deleteObject(key);
    } catch (SdkException e) {
      throw S3Failure.unavailable("delete", bucket, key, e);
    }
  }

  private void deleteObject(String key) {
    client.deleteObject(
        request ->
            request.bucket(bucket.name()).key(key).overrideConfiguration(S3Clients.look(limits)));
  }

  @Override
  public void setAside(String digest) throws StoreException {
    String key = keyOf(digest);
    String name = key.substring(key.lastIndexOf('/') + 1) + "." + UUID.randomUUID();
    try {
      client.copyObject(
          request ->
              request
                  .sourceBucket(bucket.name())
                  .sourceKey(key)
                  .destinationBucket(bucket.name())
                  .destinationKey(bucket.key(DAMAGED + name)));
    } catch (SdkException e) {
      if (S3Failure.isMissing(e)) {
        return;
      }
      throw S3Failure.unavailable("set aside", bucket, key, e);
    }
    delete(digest);
  }

  @Override
  public int countSetAside(String digest) throws StoreException {
    try {
      return Math.toIntExact(setAsideOf(digest).stream().count());
    } catch (SdkException e) {
      throw S3Failure.unavailable("list what was set aside of", bucket, keyOf(digest), e);
    }
  }

  private SdkIterable<S3Object> setAsideOf(String digest) {
    String key = keyOf(digest);
    String start = bucket.key(DAMAGED + key.substring(key.lastIndexOf('/') + 1) + ".");
    return client
        .listObjectsV2Paginator(request -> request.bucket(bucket.name()).prefix(start))
        .contents();
  }

  @Override
  public void deleteSetAside(String digest) throws StoreException {
    try {
      setAsideOf(digest).forEach(found -> deleteObject(found.key()));
    } catch (SdkException e) {
      throw S3Failure.unavailable("delete what was set aside of", bucket, keyOf(digest), e);
    }
  }

  @Override
  public void forEach(Visitor visitor) throws StoreException, IOException {
    String start = bucket.key(BLOBS);
    try {
      for (S3Object object :
          client
              .listObjectsV2Paginator(request -> request.bucket(bucket.name()).prefix(start))
              .contents()) {
        String digest = DIGEST_START + object.key().substring(start.length());
        if (DirectoryBlobStore.isDigest(digest)) {
          visitor.visit(new Blob(digest, object.size()), object.lastModified());
        }
      }
    } catch (SdkException e) {
      throw S3Failure.unavailable("list", bucket, start, e);
    }
  }

  @Override
  public int sweep(Instant before, boolean dryRun) throws StoreException {
    int swept = TemporaryFiles.sweep(temporary, before, dryRun, BlobFiles.ofSystem());
    String start = bucket.key(BLOBS);
    try {
      for (MultipartUpload upload :
          client
              .listMultipartUploadsPaginator(request -> request.bucket(bucket.name()).prefix(start))
              .uploads()) {
        if (upload.initiated().isBefore(before)) {
          swept++;
          if (!dryRun) {
            abort(upload);
          }
        }
      }
      return swept;
    } catch (SdkException e) {
      if (S3Failure.isUnknown(e)) {
        return swept;
      }
      throw S3Failure.unavailable("sweep", bucket, start, e);
    }
  }

  /** One that was completed or aborted meanwhile is gone, as it should be. */
  private void abort(MultipartUpload upload) {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(bucket.name()).key(upload.key()).uploadId(upload.uploadId()));
    } catch (SdkException e) {
      if (!S3Failure.isMissing(e)) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    client.close();
  }

  /** The digest is checked here, whoever calls: a key is made of it. */
  private String keyOf(String digest) {
    AdapterReference.checkDigest("blob", digest);
    return bucket.key(BLOBS + digest.substring(DIGEST_START.length()));
  }
}
