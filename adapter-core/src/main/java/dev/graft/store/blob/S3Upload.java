package dev.graft.store.blob;

import dev.graft.files.Digests;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Sends files to a bucket. The server is told the SHA-256 of what it is sent and refuses other
 * bytes; an object appears whole or not at all.
 */
final class S3Upload {
  private final S3Client client;
  private final Bucket bucket;
  private final S3Limits limits;

  S3Upload(S3Client client, Bucket bucket, S3Limits limits) {
    this.client = client;
    this.bucket = bucket;
    this.limits = limits;
  }

  /** Send a file whose content is a blob's. */
  void send(Path file, Blob blob, String key) throws IOException {
    if (limits.isLarge(blob.sizeBytes())) {
      sendInParts(file, blob, key);
    } else {
      client.putObject(
          request -> request.bucket(bucket.name()).key(key).checksumSHA256(base64(blob.digest())),
          RequestBody.fromFile(file));
    }
  }

  private void sendInParts(Path file, Blob blob, String key) throws IOException {
    String upload =
        client
            .createMultipartUpload(
                request ->
                    request
                        .bucket(bucket.name())
                        .key(key)
                        .checksumAlgorithm(ChecksumAlgorithm.SHA256))
            .uploadId();
    try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ)) {
      List<CompletedPart> parts = new ArrayList<>();
      for (long sent = 0; sent < blob.sizeBytes(); sent += limits.partBytes()) {
        byte[] part = next(content, Math.min(limits.partBytes(), blob.sizeBytes() - sent));
        parts.add(send(part, parts.size() + 1, key, upload));
      }
      client.completeMultipartUpload(
          request ->
              request
                  .bucket(bucket.name())
                  .key(key)
                  .uploadId(upload)
                  .multipartUpload(all -> all.parts(parts)));
    } catch (IOException | RuntimeException e) {
      abortQuietly(key, upload, e);
      throw e;
    }
  }

  private CompletedPart send(byte[] part, int number, String key, String upload) {
    String checksum = base64(Digests.ofBytes(part));
    String tag =
        client
            .uploadPart(
                request ->
                    request
                        .bucket(bucket.name())
                        .key(key)
                        .uploadId(upload)
                        .partNumber(number)
                        .checksumSHA256(checksum),
                RequestBody.fromBytes(part))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(tag).checksumSHA256(checksum).build();
  }

  private static byte[] next(FileChannel content, long count) throws IOException {
    ByteBuffer part = ByteBuffer.allocate(Math.toIntExact(count));
    while (part.hasRemaining()) {
      if (content.read(part) < 0) {
        throw new EOFException("the file was cut while it was sent");
      }
    }
    return part.array();
  }

  private void abortQuietly(String key, String upload, Exception reason) {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(bucket.name()).key(key).uploadId(upload));
    } catch (SdkException e) {
      reason.addSuppressed(e);
    }
  }

  private static String base64(String digest) {
    byte[] hash = HexFormat.of().parseHex(digest.substring(digest.indexOf(':') + 1));
    return Base64.getEncoder().encodeToString(hash);
  }
}
