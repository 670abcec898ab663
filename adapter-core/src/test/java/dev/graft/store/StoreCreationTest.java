package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AuditLine;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that is made on somebody's behalf. */
class StoreCreationTest {
  @TempDir Path folder;

  private StoreLocation at(String name) {
    return StoreLocation.directory(folder.resolve(name));
  }

  @Test
  void beginsTheLogWithWhoCreatedIt() throws IOException {
    assertTrue(AdapterStore.initialize(at("store"), ME.note("for everybody")));
    assertFalse(AdapterStore.initialize(at("store"), ME.note("again")));

    try (AdapterStore store = AdapterStore.open(at("store"))) {
      List<AuditLine> lines = store.audit(Optional.empty(), 9);
      assertEquals(1, lines.size());
      assertEquals("create-store", lines.get(0).action());
      assertEquals("tester", lines.get(0).author());
      assertEquals("for everybody", lines.get(0).note());
      assertEquals("", lines.get(0).tenant());
      assertTrue(
          Files.readString(folder.resolve("store/store.json")).contains(lines.get(0).subject()));
      assertEquals(List.of(), store.verifyAudit());
    }
  }

  @Test
  void makesNothingInADryRun() throws IOException {
    assertTrue(AdapterStore.initialize(at("store"), ME.dry()));

    assertFalse(Files.exists(folder.resolve("store")));
    Files.writeString(folder.resolve("notes.txt"), "mine");
    assertThrows(
        StoreFormatException.class,
        () -> AdapterStore.initialize(StoreLocation.directory(folder), ME.dry()));
  }

  @Test
  void finishesWhatAKilledCreationLeft() throws IOException {
    AdapterStore.initialize(at("store"), ME);
    Files.delete(folder.resolve("store/index.db"));

    assertTrue(AdapterStore.initialize(at("store"), ME.dry()));
    assertFalse(Files.exists(folder.resolve("store/index.db")));
    assertTrue(AdapterStore.initialize(at("store"), ME));

    AdapterStore.open(at("store")).close();
  }

  /** A new index would know of no blob, and all would be garbage. */
  @Test
  void doesNotReplaceALostIndex() throws IOException {
    try (AdapterStore store = StoreSamples.withTenant(at("store"))) {
      StoreSamples.publish(store, 1);
    }
    Files.delete(folder.resolve("store/index.db"));

    for (Change change : List.of(ME.dry(), ME)) {
      var problem =
          assertThrows(
              DamagedStoreException.class, () -> AdapterStore.initialize(at("store"), change));
      assertTrue(problem.toString().contains("from a backup"), problem.toString());
    }
    assertThrows(DamagedStoreException.class, () -> AdapterStore.create(at("store")).close());
  }

  @Test
  void refusesAPasswordWhereMessagesWouldShowIt() {
    for (String url :
        List.of(
            "jdbc:postgresql://ann:secret@db/graft",
            "jdbc:mysql://db/graft?password=secret",
            "jdbc:postgresql://db:port/graft?password=secret")) {
      var problem =
          assertThrows(
              IllegalArgumentException.class,
              () -> AdapterStore.initialize(StoreLocation.postgres(url, folder), ME));
      assertFalse(problem.toString().contains("secret"), problem.toString());
    }
  }
}
