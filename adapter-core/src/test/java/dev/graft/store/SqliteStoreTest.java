package dev.graft.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SqliteStoreTest extends AdapterStoreContract {
  @Override
  StoreLocation newLocation(Path folder) {
    return StoreLocation.directory(folder.resolve("store"));
  }

  @Override
  Connection connect(StoreLocation place) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + place.directory().resolve("index.db"));
  }

  @Override
  List<String> unguardAudit() {
    return List.of("DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted");
  }

  @Test
  void refusesAPlaceThatHoldsSomethingElse() throws IOException {
    Files.writeString(folder.resolve("notes.txt"), "mine");

    assertThrows(
        StoreFormatException.class,
        () -> AdapterStore.create(StoreLocation.directory(folder)).close());
    var problem =
        assertThrows(
            StoreFormatException.class,
            () -> AdapterStore.open(StoreLocation.directory(folder)).close());

    assertTrue(problem.toString().contains("graft store init"), problem.getMessage());
  }

  @Test
  void refusesAnIndexThatIsNoDatabase() throws IOException {
    store.close();
    Files.deleteIfExists(location.directory().resolve("index.db-wal"));
    Files.writeString(location.directory().resolve("index.db"), "x".repeat(4096));

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());

    assertTrue(problem.toString().contains("not a SQLite database"), problem.getMessage());
  }

  @Test
  void saysThatADamagedIndexIsDamaged() throws IOException {
    for (int seed = 1; seed < 20; seed++) {
      StoreSamples.publish(store, seed);
    }
    store.close();
    Path index = location.directory().resolve("index.db");
    byte[] bytes = Files.readAllBytes(index);
    for (int i = 4096; i < bytes.length; i++) {
      bytes[i] = (byte) 0xa5;
    }
    Files.write(index, bytes);

    assertThrows(StoreException.class, () -> AdapterStore.open(location).close());
  }

  /** A limit on the size of files is to the index what a full disk is. */
  @Test
  void saysThatTheDiskIsFullAndLosesNothing() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    List<String> limit = List.of("/bin/bash", "-c", "ulimit -f 2500; exec \"$0\" \"$@\"");

    List<String> lines;
    try (Worker worker = Worker.start(limit, "fill", 1, location)) {
      lines = worker.rest();
    }

    String last = lines.get(lines.size() - 1);
    assertTrue(last.startsWith("full cannot "), last);
    assertEquals(lines.size(), store.tenants().size());
    assertTrue(store.check(StoreSamples.ME.dry()).isSound());
  }
}
