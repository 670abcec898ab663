package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.Digests;
import dev.graft.store.blob.Blob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports and exports while blobs fail, go or change. */
class ImportFaultsTest {
  private static final int BLOBS = 4;
  private static final ImportOptions AS_OTHER = ImportOptions.DEFAULTS.as("other");

  @TempDir Path folder;
  private StoreLocation location = StoreLocation.directory(Path.of("unset"));
  private Path archive = Path.of("unset");

  /** What happens after a blob was put; the number is 1 for the first. */
  private interface AfterPut {
    void run(int number, List<String> digests, BlobStore blobs) throws IOException;
  }

  @BeforeEach
  void export() throws IOException {
    location = StoreLocation.directory(folder.resolve("store"));
    archive = folder.resolve("acme.tar");
    StoreLocation from = StoreLocation.directory(folder.resolve("from"));
    try (AdapterStore store = StoreSamples.withTenant(from)) {
      StoreSamples.publish(store, 1);
      store.exportTenant("acme", archive, ExportOptions.DEFAULTS, ME);
    }
    AdapterStore.create(location).close();
  }

  private AdapterStore over(StoreOptions options, AfterPut after) throws IOException {
    BlobStore blobs = DirectoryBlobStore.in(location.directory());
    List<String> digests = new ArrayList<>();
    BlobStore watched =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (proxy, method, arguments) -> {
                  try {
                    Object result = method.invoke(blobs, arguments);
                    if (result instanceof Blob blob) {
                      digests.add(blob.digest());
                      after.run(digests.size(), digests, blobs);
                    }
                    return result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new AdapterStore(location, new StoreSetup(location).open(), watched, options);
  }

  @Test
  void leavesNothingToSeeWhereABlobCannotBeStored() throws IOException {
    for (int failAt = 1; failAt <= BLOBS; failAt++) {
      int turn = failAt;
      AfterPut failing =
          (number, digests, blobs) -> {
            if (number == turn) {
              throw new StoreUnavailableException("the disk is full; make room");
            }
          };
      try (AdapterStore store = over(StoreOptions.defaults(), failing)) {
        assertThrows(
            StoreUnavailableException.class, () -> store.importTenant(archive, AS_OTHER, ME));

        assertEquals(List.of(), store.tenants());
        assertTrue(store.check(ME.dry()).isSound());
        try (var left = Files.list(location.directory().resolve("tmp"))) {
          assertEquals(List.of(), left.toList());
        }
      }
    }
    try (AdapterStore store = AdapterStore.open(location)) {
      store.importTenant(archive, AS_OTHER, ME);
      assertEquals(adapter(1, 0.9), store.load(ref("other/support@1")).adapter());
    }
  }

  @Test
  void storesAgainWhatWasCollectedBeforeItWasRecorded() throws IOException {
    AfterPut collecting =
        (number, digests, blobs) -> {
          if (number == BLOBS) {
            for (String digest : digests) {
              blobs.delete(digest);
            }
          }
        };
    KeyDirectory keys = KeyDirectory.create(folder.resolve("keys"), Optional.empty());
    StoreOptions options = StoreOptions.defaults().keys(keys);

    try (AdapterStore store = over(options, collecting)) {
      store.importTenant(archive, AS_OTHER, ME);
      assertEquals(adapter(1, 0.9), store.load(ref("other/support@1")).adapter());
    }
    try (AdapterStore store = over(options, collecting)) {
      store.importTenant(archive, ImportOptions.DEFAULTS.as("sealed").encrypted(), ME);
      assertEquals(adapter(1, 0.9), store.load(ref("sealed/support@1")).adapter());
      assertTrue(store.check(ME.dry()).isSound());
    }
  }

  @Test
  void refusesAnArchiveThatIsChangedAfterItWasChecked() throws IOException {
    byte[] changed = Files.readAllBytes(archive);
    for (int at = changed.length - 4096; at < changed.length; at++) {
      changed[at] ^= 1;
    }
    AfterPut changing = (number, digests, blobs) -> Files.write(archive, changed);

    try (AdapterStore store = over(StoreOptions.defaults(), changing)) {
      assertThrows(DamagedStoreException.class, () -> store.importTenant(archive, AS_OTHER, ME));

      assertEquals(List.of(), store.tenants());
    }
  }

  @Test
  void exportsNothingOfARegistryThatIsDamaged() throws IOException {
    Path out = folder.resolve("out.tar");
    try (AdapterStore store = AdapterStore.open(location)) {
      store.importTenant(archive, AS_OTHER, ME);
      store.importTenant(archive, ImportOptions.DEFAULTS, ME);
      String digest = store.details(ref("acme/support@1")).files().get(0).blob();
      DirectoryBlobStore.in(location.directory()).delete(digest);
      int lines = store.audit(Optional.of("acme"), 100).size();

      assertThrows(
          DamagedStoreException.class,
          () -> store.exportTenant("acme", out, ExportOptions.DEFAULTS, ME));

      try (var files = Files.list(folder)) {
        assertEquals(List.of(), files.filter(file -> file.toString().contains("out")).toList());
      }
      assertEquals(lines, store.audit(Optional.of("acme"), 100).size());
      store.setState(ref("acme/support@1"), VersionState.DELETED, ME);
      ExportReport report = store.exportTenant("acme", out, ExportOptions.DEFAULTS, ME);
      assertEquals(0, report.versions());
      assertEquals(Digests.ofFile(out), report.digest());
    }
  }
}
