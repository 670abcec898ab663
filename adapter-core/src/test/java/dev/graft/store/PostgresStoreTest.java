package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.StoreUnavailableException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract on PostgreSQL, a new database for each test. */
class PostgresStoreTest extends AdapterStoreContract {
  private static EmbeddedPostgres server;
  private static int databases;

  @BeforeAll
  static void start() {
    server = Postgres.startOrSkip();
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Override
  StoreLocation newLocation(Path folder) throws SQLException {
    return StoreLocation.postgres(
        Postgres.newDatabase(server, "store" + databases++), folder.resolve("blobs"));
  }

  @Override
  Connection connect(StoreLocation place) throws SQLException {
    return DriverManager.getConnection(place.database().orElseThrow());
  }

  @Override
  List<String> unguardAudit() {
    return List.of("DROP TRIGGER audit_is_not_changed ON audit");
  }

  @Test
  void losesNothingWhenItsConnectionsAreCutInTheMiddle() throws Exception {
    StoreSamples.publish(store, 1);

    try (Connection connection = connect(location);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    assertEquals(1, StoreSamples.publish(store, 1).version().number());
    assertEquals(2, StoreSamples.publish(store, 2).version().number());
    assertEquals(List.of(), store.verifyAudit());
  }

  @Test
  void movesATenantFromADirectoryToADatabaseAndBack() throws IOException {
    Path archive = folder.resolve("acme.tar");
    Path back = folder.resolve("back.tar");
    StoreLocation elsewhere = StoreLocation.directory(folder.resolve("elsewhere"));
    try (AdapterStore other = StoreSamples.withTenant(elsewhere)) {
      StoreSamples.publish(other, 1);
      StoreSamples.publish(other, 2);
      other.promote(SUPPORT.version(1), "prod", Expected.anything(), ME);
      other.promote(SUPPORT.version(2), "prod", Expected.anything(), ME);
      other.exportTenant("acme", archive, ExportOptions.DEFAULTS, ME);

      store.importTenant(archive, ImportOptions.DEFAULTS, ME);
      store.exportTenant("acme", back, ExportOptions.DEFAULTS, ME);
      other.importTenant(back, ImportOptions.DEFAULTS.as("back"), ME);

      assertEquals(
          StoreSamples.adapter(2, 0.9), other.load(StoreSamples.ref("back/support")).adapter());
      assertEquals(other.find(SUPPORT.version(1)).time(), store.find(SUPPORT.version(1)).time());
      assertTrue(other.check(ME.dry()).isSound());
    }
    assertEquals(
        StoreSamples.adapter(2, 0.9), store.load(StoreSamples.ref("acme/support")).adapter());
    assertEquals(1, rollback());
    assertSound();
  }

  @Test
  void saysThatADatabaseCannotBeReached() {
    StoreLocation nowhere =
        StoreLocation.postgres(
            "jdbc:postgresql://localhost:1/none?user=none&password=secret",
            folder.resolve("elsewhere"));

    var problem =
        assertThrows(StoreUnavailableException.class, () -> AdapterStore.create(nowhere).close());

    assertFalse(problem.toString().contains("secret"), problem.toString());
  }
}
