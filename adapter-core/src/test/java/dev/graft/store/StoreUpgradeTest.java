package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that an earlier format wrote; {@code formats/store-N.zip} are kept for ever. */
class StoreUpgradeTest {
  @TempDir Path folder;

  @Test
  void migratesARegistryOfTheFirstFormatWithAllItHolds() throws IOException {
    StoreLocation location = StoreLocation.directory(OldStores.unpackFirst(folder));

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
    AdapterStore.migrate(location);

    assertTrue(problem.toString().contains("graft store migrate"), problem.toString());
    try (AdapterStore store = AdapterStore.open(location)) {
      assertEquals(2, store.versions(SUPPORT).size());
      assertEquals(1, store.resolve(ref("acme/support")).number());
      assertEquals(
          StoreSamples.adapter(2, 0.9), store.load(ref("acme/support:candidate")).adapter());
      assertEquals(3, store.history(SUPPORT, "prod").size());
      assertEquals(List.of(), store.verifyAudit());
      assertTrue(store.check(ME.dry()).isSound());
      assertTrue(store.tag(ref("acme/support@1"), "golden", ME));
    }
  }

  @Test
  void leavesARegistryOfTheNewestFormatAsItIs() throws IOException {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    StoreSamples.withTenant(location).close();

    AdapterStore.migrate(location);

    try (AdapterStore store = AdapterStore.open(location)) {
      assertEquals(1, store.tenants().size());
    }
  }
}
