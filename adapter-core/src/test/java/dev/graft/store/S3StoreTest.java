package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.blob.Bucket;
import dev.graft.store.blob.S3Server;
import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract with blobs in a bucket. */
class S3StoreTest extends AdapterStoreContract {
  private final S3Server server = S3Server.running();

  @Override
  StoreLocation newLocation(Path folder) {
    return StoreLocation.directory(folder.resolve("store")).withBlobsIn(server.newPrefix());
  }

  @Override
  Connection connect(StoreLocation place) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + place.directory().resolve("index.db"));
  }

  @Override
  List<String> unguardAudit() {
    return List.of("DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted");
  }

  private Bucket bucket() {
    return location.bucket().orElseThrow();
  }

  @Override
  long countBlobs() {
    return server.count(bucket(), "blobs/");
  }

  @Override
  void writeBlob(String hex, byte[] content) {
    server.write(bucket(), "blobs/sha256/" + hex, content);
  }

  @Override
  byte[] readBlob(String hex) {
    return server.read(bucket(), "blobs/sha256/" + hex);
  }

  @Override
  void deleteBlob(String hex) {
    server.delete(bucket(), "blobs/sha256/" + hex);
  }

  @Test
  void keepsNoBlobsInItsDirectory() throws IOException {
    StoreSamples.publish(store, 1);

    assertFalse(Files.exists(location.directory().resolve("blobs")));
    assertEquals(4, countBlobs());
  }

  @Test
  void servesFromItsCopiesWhileTheBucketIsAway() throws IOException {
    StoreSamples.publish(store, 1);
    store.load(ref("acme/support@1"));
    for (var file : store.details(ref("acme/support@1")).files()) {
      deleteBlob(file.digest().substring(7));
    }

    store.load(ref("acme/support@1"));

    assertFalse(store.check(ME.dry()).isSound());
  }

  @Test
  void refusesABucketThatAnotherRegistryUses() throws IOException {
    StoreLocation other = StoreLocation.directory(folder.resolve("other")).withBlobsIn(bucket());

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.create(other).close());

    assertTrue(problem.toString().contains("blobs of another registry"), problem.toString());
    assertFalse(AdapterStore.exists(other));
    assertFalse(Files.exists(other.directory().resolve("index.db")));
  }

  @Test
  void refusesToBeOpenedWithoutItsBucketOrWithAnother() throws IOException {
    StoreLocation without = StoreLocation.directory(location.directory());
    StoreLocation another = location.withBlobsIn(server.newPrefix());

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(without).close());

    assertTrue(problem.toString().contains("--blobs " + bucket()), problem.toString());
    assertThrows(StoreFormatException.class, () -> AdapterStore.open(another).close());
    assertThrows(StoreFormatException.class, () -> AdapterStore.create(without).close());
    assertThrows(StoreFormatException.class, () -> AdapterStore.create(another).close());
    StoreLocation plain = StoreLocation.directory(folder.resolve("plain"));
    AdapterStore.create(plain).close();
    assertThrows(
        StoreFormatException.class,
        () -> AdapterStore.open(plain.withBlobsIn(server.newPrefix())).close());
  }

  @Test
  void goesOnWithACreationThatStoppedBeforeTheBucketWasNamed() throws IOException {
    StoreSamples.publish(store, 1);
    store.close();
    server.delete(bucket(), "store.json");

    assertFalse(AdapterStore.exists(location));
    assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
    store = AdapterStore.create(location);

    assertTrue(AdapterStore.exists(location));
    store.load(ref("acme/support@1"));
    assertSound();
  }

  @Test
  void refusesANameItCannotRead() {
    server.write(bucket(), "store.json", "{".getBytes(StandardCharsets.UTF_8));

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());

    assertTrue(problem.toString().contains(bucket() + "/store.json"), problem.toString());
  }
}
