package dev.graft.store.blob;

import dev.graft.store.model.StoreUnavailableException;
import java.util.Optional;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** A small object with a name of its own, beside the blobs of a bucket. */
final class S3Note {
  private final S3Client client;
  private final Bucket bucket;
  private final S3Limits limits;
  private final String key;

  S3Note(S3Client client, Bucket bucket, S3Limits limits, String name) {
    this.client = client;
    this.bucket = bucket;
    this.limits = limits;
    this.key = bucket.key(name);
  }

  /** The first bytes of the content, at most so many; empty where there is no object. */
  Optional<byte[]> read(int maxBytes) throws StoreUnavailableException {
    try {
      ResponseBytes<GetObjectResponse> content =
          client.getObjectAsBytes(
              request ->
                  request
                      .bucket(bucket.name())
                      .key(key)
                      .range("bytes=0-" + (maxBytes - 1))
                      .overrideConfiguration(S3Clients.look(limits)));
      return Optional.of(content.asByteArray());
    } catch (SdkException e) {
      if (S3Failure.isMissing(e)) {
        return Optional.empty();
      }
      throw S3Failure.unavailable("read", bucket, key, e);
    }
  }

  /**
   * Write the object, unless there is one: a server that knows conditions does not replace it. So
   * whoever needs to know what is there reads it afterwards.
   */
  void create(byte[] content) throws StoreUnavailableException {
    try {
      put(content, true);
    } catch (SdkException e) {
      if (S3Failure.isTaken(e)) {
        return;
      }
      if (!S3Failure.isUnknown(e)) {
        throw S3Failure.unavailable("write", bucket, key, e);
      }
      replace(content);
    }
  }

  private void replace(byte[] content) throws StoreUnavailableException {
    try {
      put(content, false);
    } catch (SdkException e) {
      throw S3Failure.unavailable("write", bucket, key, e);
    }
  }

  private void put(byte[] content, boolean ifAbsent) {
    client.putObject(
        request -> {
          request
              .bucket(bucket.name())
              .key(key)
              .contentType("application/json")
              .overrideConfiguration(S3Clients.look(limits));
          if (ifAbsent) {
            request.ifNoneMatch("*");
          }
        },
        RequestBody.fromBytes(content));
  }
}
