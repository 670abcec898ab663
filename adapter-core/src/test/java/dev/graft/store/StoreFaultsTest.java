package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets every file operation fail in turn: a typed error each time, and a registry that verifies.
 */
class StoreFaultsTest {
  @TempDir Path folder;
  private StoreLocation location = StoreLocation.directory(Path.of("unset"));

  @BeforeEach
  void create() throws IOException {
    location = StoreLocation.directory(folder.resolve("store"));
    StoreSamples.withTenant(location).close();
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    try (AdapterStore sound = AdapterStore.open(location)) {
      assertTrue(sound.check(ME.dry()).isSound());
    }
  }

  private AdapterStore over(FaultyFiles files) throws IOException {
    return new AdapterStore(
        location,
        new StoreSetup(location).open(),
        DirectoryBlobStore.in(location.directory(), files),
        StoreOptions.defaults());
  }

  @Test
  void publishesAllOrNothingWhateverOperationFails() throws IOException {
    Set<String> seen = new TreeSet<>();
    int seed = 1;
    for (FaultyFiles.Mode mode :
        Set.of(FaultyFiles.Mode.NOTHING_WRITTEN, FaultyFiles.Mode.HALF_WRITTEN)) {
      for (int failAt = 1; ; failAt++, seed++) {
        FaultyFiles files = new FaultyFiles(failAt, mode);
        PublishRequest request = PublishRequest.of(SUPPORT, adapter(seed, 0.9)).alias("prod");
        try (AdapterStore faulty = over(files)) {
          if (!fails(faulty, request, files)) {
            seed++;
            break;
          }
          seen.add(files.failed());
          assertSoundWithout(faulty, adapter(seed, 0.9).digest());
        }
        try (AdapterStore healthy = AdapterStore.open(location)) {
          Version version = healthy.publish(request, ME).version();
          assertEquals(version, healthy.load(ref("acme/support")).version());
        }
      }
    }
    assertEquals(Set.of("create", "write", "force", "rename", "forceDirectory"), seen);
  }

  private static boolean fails(AdapterStore store, PublishRequest request, FaultyFiles files)
      throws IOException {
    try {
      store.publish(request, ME);
      assertEquals("", files.failed());
      return false;
    } catch (StoreUnavailableException e) {
      assertTrue(e.toString().contains("check that the disk"), e.toString());
      return true;
    }
  }

  private void assertSoundWithout(AdapterStore store, String digest) throws IOException {
    assertTrue(store.search(new Search().digest(digest)).isEmpty());
    try (var left = Files.list(location.directory().resolve("tmp"))) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void writesOnWhereTheSystemWroteLessThanItWasGiven() throws IOException {
    for (int failAt = 1; failAt <= 20; failAt++) {
      FaultyFiles files = new FaultyFiles(failAt, FaultyFiles.Mode.SHORT_WRITE);
      try (AdapterStore store = over(files)) {
        Version version = publishOnceMoreAfterAFault(store, failAt);
        assertEquals(version.digest(), store.load(version.reference()).adapter().digest());
      }
    }
  }

  private static Version publishOnceMoreAfterAFault(AdapterStore store, int seed)
      throws IOException {
    try {
      return StoreSamples.publish(store, seed).version();
    } catch (StoreUnavailableException e) {
      return StoreSamples.publish(store, seed).version();
    }
  }

  @Test
  void collectsTheRestWhenADeletionFailed() throws Exception {
    try (AdapterStore store = AdapterStore.open(location)) {
      StoreSamples.publish(store, 1);
      StoreSamples.publish(store, 2);
      store.setState(ref("acme/support@1"), VersionState.DELETED, ME);
    }
    Thread.sleep(30);

    try (AdapterStore faulty = over(new FaultyFiles(2, FaultyFiles.Mode.NOTHING_WRITTEN))) {
      assertThrows(StoreUnavailableException.class, () -> faulty.collect(Duration.ZERO, ME));
      assertTrue(faulty.check(ME.dry()).isSound());
      assertTrue(faulty.collect(Duration.ZERO, ME).blobs() > 0);
      faulty.load(ref("acme/support@2"));
    }
  }

  @Test
  void saysThatABlobCannotBeReadAndReadsItLater() throws IOException {
    try (AdapterStore store = AdapterStore.open(location)) {
      StoreSamples.publish(store, 1);
    }
    try (AdapterStore faulty = over(new FaultyFiles(1, FaultyFiles.Mode.NOTHING_WRITTEN))) {
      Path target = folder.resolve("out");

      assertThrows(
          StoreUnavailableException.class, () -> faulty.pull(ref("acme/support@1"), target, false));

      assertTrue(Files.notExists(target));
      faulty.pull(ref("acme/support@1"), target, false);
    }
  }
}
