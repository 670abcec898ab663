package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an export that was killed has left beside its archive, in the clear. */
class ExportLeftoversTest {
  @TempDir Path folder;

  @Test
  void isDeletedByTheNextExport() throws IOException {
    Path left = folder.resolve(".acme.tar.0b6f6d3c-1d1e-4b8e-9f3c-0123456789ab.tmp");
    Files.writeString(left, "adapters in the clear");
    try (AdapterStore store =
        StoreSamples.withTenant(StoreLocation.directory(folder.resolve("store")))) {
      StoreSamples.publish(store, 1);
      store.exportTenant("acme", folder.resolve("acme.tar"), ExportOptions.DEFAULTS, ME);
    }

    assertFalse(Files.exists(left));
    assertTrue(Files.exists(folder.resolve("acme.tar")));
  }
}
