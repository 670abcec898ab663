package dev.graft.store.blob;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class S3BlobStoreTest extends BlobStoreContract {
  /** Blobs of more than 20 MiB go in parts, the smallest that S3 takes. */
  private static final S3Limits LIMITS =
      new S3Limits(
          2,
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofMinutes(1),
          5 << 20);

  private final S3Server server = S3Server.running();
  private final Bucket bucket = server.newPrefix();

  @Override
  BlobStore newStore() throws IOException {
    return store(bucket);
  }

  private BlobStore store(Bucket place) throws IOException {
    Path temporary = Files.createDirectories(folder.resolve("tmp"));
    return new S3BlobStore(S3Clients.open(place, LIMITS), place, temporary, LIMITS);
  }

  @Override
  void change(String digest, byte[] content) {
    server.write(bucket, "blobs/sha256/" + digest.substring(7), content);
  }

  @Override
  long countDamaged() {
    return server.count(bucket, "damaged/");
  }

  @Test
  void sendsLargeBlobsInParts() throws IOException {
    byte[] content = noise((20 << 20) + 1);

    Blob blob = put(blobs, content);

    assertArrayEquals(content, read(blobs, blob.digest()));
    assertEquals(content.length, blobs.size(blob.digest()).orElseThrow());
    assertEquals(0, blobs.sweep(Instant.now().plusSeconds(60), true));
  }

  @Test
  void sweepsFilesAndUploadsThatAreOldAndOnlyThose() throws IOException {
    Files.writeString(folder.resolve("tmp/x.part"), "left");
    server
        .client()
        .createMultipartUpload(
            r -> r.bucket(bucket.name()).key(bucket.key("blobs/sha256/" + "1".repeat(64))));

    assertEquals(0, blobs.sweep(Instant.now().minusSeconds(60), false));
    assertEquals(2, blobs.sweep(Instant.now().plusSeconds(60), true));
    assertEquals(2, blobs.sweep(Instant.now().plusSeconds(60), false));
    assertEquals(0, blobs.sweep(Instant.now().plusSeconds(60), false));
  }

  @Test
  void visitsOnlyBlobsAndThoseOfMorePagesThanOne() throws IOException {
    server.write(bucket, "blobs/sha256/README", bytes("not a blob"));
    server.write(bucket, "blobs/sha256/x/" + "1".repeat(64), bytes("nor this"));
    for (int i = 0; i < 1003; i++) {
      server.write(bucket, "blobs/sha256/%064x".formatted(i), bytes("x"));
    }

    Map<String, Long> found = all();

    assertEquals(1003, found.size());
    assertEquals(1L, found.get("sha256:%064x".formatted(1002)));
  }

  @Test
  void keepsThePrefixesOfABucketApart() throws IOException {
    try (BlobStore other = store(server.newPrefix())) {
      Blob blob = put(other, bytes("theirs"));

      assertEquals(Map.of(), all());
      assertTrue(blobs.size(blob.digest()).isEmpty());
    }
  }

  @Test
  void saysThatThereIsNoBucket() throws IOException {
    try (BlobStore nowhere = store(new Bucket("no-such-bucket", "p"))) {
      var problem = assertThrows(StoreUnavailableException.class, () -> put(nowhere, bytes("x")));

      assertTrue(problem.toString().contains("s3://no-such-bucket/p/blobs"), problem.toString());
      assertTrue(problem.toString().contains("create the bucket"), problem.toString());
      assertThrows(StoreUnavailableException.class, () -> read(nowhere, ABSENT));
    }
  }

  @Test
  void saysThatThereAreNoCredentials() throws IOException {
    String key = System.clearProperty("aws.secretAccessKey");
    try (BlobStore store = store(bucket)) {
      var problem = assertThrows(StoreUnavailableException.class, () -> store.size(ABSENT));

      assertTrue(problem.toString().contains("AWS_SECRET_ACCESS_KEY"), problem.toString());
    } finally {
      System.setProperty("aws.secretAccessKey", key);
    }
  }

  @Test
  void writesANoteOnce() throws StoreException {
    assertTrue(Buckets.readNote(bucket, "store.json").isEmpty());

    assertEquals("one", text(Buckets.createNote(bucket, "store.json", bytes("one"))));
    assertEquals("one", text(Buckets.createNote(bucket, "store.json", bytes("two"))));
    try (var client = S3Clients.open(bucket, LIMITS)) {
      new S3Note(client, bucket, LIMITS, "store.json").create(bytes("three"));
    }
    assertEquals("one", text(Buckets.readNote(bucket, "store.json").orElseThrow()));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
