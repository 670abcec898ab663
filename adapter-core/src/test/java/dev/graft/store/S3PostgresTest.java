package dev.graft.store;

import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.blob.Bucket;
import dev.graft.store.blob.S3Server;
import dev.graft.store.model.StoreFormatException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing of a registry is on a machine: the index in PostgreSQL, the blobs in a bucket. */
class S3PostgresTest {
  private static EmbeddedPostgres postgres;
  private static int databases;

  @TempDir Path folder;
  private final S3Server server = S3Server.running();
  private final Bucket bucket = server.newPrefix();

  @BeforeAll
  static void start() {
    postgres = Postgres.startOrSkip();
  }

  @AfterAll
  static void stop() throws IOException {
    if (postgres != null) {
      postgres.close();
    }
  }

  private static String newDatabase() throws SQLException {
    return Postgres.newDatabase(postgres, "remote" + databases++);
  }

  private StoreLocation machine(String name, String database) {
    return new StoreLocation(folder.resolve(name), Optional.of(database), Optional.of(bucket));
  }

  @Test
  void servesMachinesThatShareNoDisk() throws Exception {
    String database = newDatabase();
    StoreLocation first = machine("first", database);
    StoreLocation second = machine("second", database);
    assertFalse(AdapterStore.exists(first));

    try (AdapterStore one = StoreSamples.withTenant(first);
        AdapterStore two = AdapterStore.open(second)) {
      StoreSamples.publish(one, 1);
      two.load(ref("acme/support@1"));
      StoreSamples.publish(two, 2);

      assertEquals(2, one.versions(SUPPORT).size());
      assertTrue(two.check(StoreSamples.ME.dry()).isSound());
    }
    assertTrue(AdapterStore.exists(machine("third", database)));
    assertFalse(AdapterStore.migrate(machine("fourth", database), StoreSamples.ME).isMigration());
  }

  @Test
  void goesOnWithACreationThatStoppedBeforeTheBucketWasNamed() throws Exception {
    String database = newDatabase();
    StoreSamples.withTenant(machine("first", database)).close();
    server.delete(bucket, "store.json");
    assertFalse(AdapterStore.exists(machine("first", database)));

    try (AdapterStore store = AdapterStore.create(machine("second", database))) {
      assertEquals(1, store.tenants().size());
    }

    AdapterStore.open(machine("first", database)).close();
  }

  @Test
  void looksAtDatabaseAndBucketInADryRun() throws Exception {
    StoreLocation fresh = machine("first", newDatabase());
    String used = newDatabase();

    assertTrue(AdapterStore.initialize(fresh, StoreSamples.ME.dry()));
    assertFalse(AdapterStore.exists(fresh));
    assertTrue(AdapterStore.initialize(machine("second", used), StoreSamples.ME));
    assertFalse(AdapterStore.initialize(machine("third", used), StoreSamples.ME.dry()));
    assertThrows(
        StoreFormatException.class, () -> AdapterStore.initialize(fresh, StoreSamples.ME.dry()));
  }

  /** It would take all of them for garbage. */
  @Test
  void doesNotTakeTheBlobsOfAnotherDatabase() throws Exception {
    StoreSamples.withTenant(machine("first", newDatabase())).close();
    StoreLocation empty = machine("second", newDatabase());
    String used = newDatabase();
    AdapterStore.create(StoreLocation.postgres(used, folder.resolve("blobs"))).close();

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.create(empty).close());

    assertTrue(problem.toString().contains("another prefix"), problem.toString());
    assertThrows(StoreFormatException.class, () -> AdapterStore.open(empty).close());
    assertThrows(
        StoreFormatException.class, () -> AdapterStore.create(machine("third", used)).close());
  }
}
