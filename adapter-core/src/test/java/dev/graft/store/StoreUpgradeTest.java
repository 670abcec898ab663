package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AuditLine;
import dev.graft.store.model.FormatChange;
import dev.graft.store.model.Quota;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A registry that an earlier format wrote; {@code formats/store-N.zip} are kept for ever. That of
 * format 2 was made by the code of commit 86525c9: two tenants, five versions in all states but
 * deprecated, aliases that were moved and rolled back, tags.
 */
class StoreUpgradeTest {
  @TempDir Path folder;

  @Test
  void migratesARegistryOfTheFirstFormatWithAllItHolds() throws IOException {
    StoreLocation location = StoreLocation.directory(OldStores.unpackFirst(folder));

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
    FormatChange formats = AdapterStore.migrate(location, ME.note("new Graft"));

    assertTrue(problem.toString().contains("graft store migrate"), problem.toString());
    assertEquals(new FormatChange(1, 3), formats);
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
  void migratesARegistryOfTheSecondFormatWithAllItHolds() throws IOException {
    StoreLocation location = StoreLocation.directory(OldStores.unpack(folder, 2));

    assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
    AdapterStore.migrate(location, ME);

    try (AdapterStore store = AdapterStore.open(location)) {
      assertEquals(List.of("acme", "globex"), store.tenants().stream().map(Tenant::name).toList());
      assertEquals(Optional.of(1L << 20), bytesOf(store.tenant("acme").quota()));
      assertEquals(1, store.tenant("globex").usedVersions());
      assertFalse(store.tenant("acme").isEncrypted());
      assertEquals(
          List.of(VersionState.ACTIVE, VersionState.ACTIVE, VersionState.BLOCKED),
          store.versions(SUPPORT).stream().map(Version::state).toList());
      VersionDetails second = store.details(ref("acme/support@2"));
      assertEquals(List.of("week-2"), second.tags());
      assertEquals(ref("acme/support@1"), second.parents().get(0).reference());
      assertEquals("bob", second.version().author());
      assertEquals(List.of("golden"), store.details(ref("acme/support@1")).tags());
      assertEquals(1, store.resolve(ref("acme/support")).number());
      assertEquals("wrong at night", store.history(SUPPORT, "prod").get(0).note());
      assertEquals(
          StoreSamples.adapter(2, 0.9), store.load(ref("acme/support:candidate")).adapter());
      assertEquals(StoreSamples.adapter(1, 0.8), store.load(ref("globex/desk")).adapter());
      assertEquals(List.of(), store.verifyAudit());
      assertTrue(store.check(ME.dry()).isSound());
    }
  }

  private static Optional<Long> bytesOf(Quota quota) {
    return quota.bytes().isPresent() ? Optional.of(quota.bytes().getAsLong()) : Optional.empty();
  }

  /** What formats 2 and 3 added works on what an older one wrote. */
  @Test
  void worksOnWithAMigratedRegistry() throws IOException {
    StoreLocation location = StoreLocation.directory(OldStores.unpack(folder, 2));
    AdapterStore.migrate(location, ME);

    try (AdapterStore store = AdapterStore.open(location)) {
      assertEquals(4, StoreSamples.publish(store, 4).version().number());
      assertEquals(
          1,
          store
              .promote(ref("acme/support@4"), "prod", Expected.version(1), ME)
              .before()
              .orElseThrow()
              .version());
      assertEquals(3, store.collect(Duration.ZERO, ME).blobs());
      store.eraseTenant("globex", ME);
      assertTrue(store.check(ME.dry()).isSound());
      assertEquals(List.of(), store.verifyAudit());
    }
  }

  @Test
  void saysInTheLogWhoMigrated() throws IOException {
    StoreLocation location = StoreLocation.directory(OldStores.unpack(folder, 2));
    AdapterStore.migrate(location, ME.note("new Graft"));
    AdapterStore.migrate(location, ME.note("once more"));

    try (AdapterStore store = AdapterStore.open(location)) {
      List<AuditLine> lines = store.audit(Optional.empty(), 2);
      assertEquals("migrate-store", lines.get(0).action());
      assertEquals("{\"from\":2,\"to\":3}", lines.get(0).detail());
      assertEquals("new Graft", lines.get(0).note());
      assertEquals("tester", lines.get(0).author());
      assertEquals("delete", lines.get(1).action());
    }
  }

  @Test
  void migratesNothingInADryRun() throws IOException {
    Path folderOfOld = OldStores.unpack(folder, 2);
    StoreLocation location = StoreLocation.directory(folderOfOld);
    byte[] before = Files.readAllBytes(folderOfOld.resolve("index.db"));

    FormatChange formats = AdapterStore.migrate(location, ME.dry());

    assertEquals(new FormatChange(2, 3), formats);
    assertArrayEquals(before, Files.readAllBytes(folderOfOld.resolve("index.db")));
    assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
  }

  @Test
  void leavesARegistryOfTheNewestFormatAsItIs() throws IOException {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    StoreSamples.withTenant(location).close();

    assertFalse(AdapterStore.migrate(location, ME).isMigration());

    try (AdapterStore store = AdapterStore.open(location)) {
      assertEquals("create-tenant", store.audit(Optional.empty(), 1).get(0).action());
    }
  }
}
