package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Tenant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that import are killed at random moments: a tenant is there whole or not at all. */
class ImportKillTest {
  private static final int ROUNDS = Integer.getInteger("graft.import.rounds", 4);
  private static final int VERSIONS = 6;
  private static final int MAX_MILLIS = 200;

  @TempDir Path folder;

  @Test
  void importsAllOrNothingWhenItIsKilled() throws Exception {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    Path archive = folder.resolve("acme.tar");
    try (AdapterStore store = StoreSamples.withTenant(location)) {
      for (int seed = 1; seed <= VERSIONS; seed++) {
        StoreSamples.publish(store, seed);
      }
      store.exportTenant("acme", archive, ExportOptions.DEFAULTS, ME);
    }
    List<String> acknowledged = new ArrayList<>();
    Random random = new Random(11);
    for (int round = 0; round < ROUNDS; round++) {
      try (Worker worker = Worker.start("import", round, location)) {
        worker.awaitReady();
        Thread.sleep(random.nextInt(MAX_MILLIS));
        acknowledged.addAll(worker.kill());
      }
    }

    try (AdapterStore store = AdapterStore.open(location)) {
      List<String> names = store.tenants().stream().map(Tenant::name).toList();
      for (String line : acknowledged) {
        assertTrue(names.contains(line.substring("imported ".length())), line);
      }
      for (String name : names) {
        assertWhole(store, name);
      }
      store.importTenant(archive, ImportOptions.DEFAULTS.as("again"), ME);
      store.collect(Duration.ZERO, ME);
      assertWhole(store, "again");
      CheckReport report = store.check(ME.dry());
      assertTrue(report.isSound(), report.toString());
    }
  }

  private static void assertWhole(AdapterStore store, String tenant) throws IOException {
    AdapterName name = new AdapterName(tenant, SUPPORT.name());
    assertEquals(VERSIONS, store.versions(name).size());
    for (int number = 1; number <= VERSIONS; number++) {
      assertEquals(adapter(number, 0.9), store.load(name.version(number)).adapter());
    }
  }
}
