package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.blob.S3Gate;
import dev.graft.store.blob.S3Server;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lets every request to a bucket fail in turn: a typed error, and a registry that verifies. */
class S3FaultsTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final S3Server server = S3Server.running();
  private StoreLocation location = StoreLocation.directory(Path.of("unset"));
  private S3Gate gate = new S3Gate(server);

  S3FaultsTest() throws IOException {}

  @BeforeEach
  void create() throws IOException {
    location = StoreLocation.directory(folder.resolve("store")).withBlobsIn(server.newPrefix());
    StoreSamples.withTenant(location).close();
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    gate.close();
    try (AdapterStore sound = AdapterStore.open(location)) {
      assertTrue(sound.check(ME.dry()).isSound());
    }
    try (var left = Files.list(location.directory().resolve("tmp"))) {
      assertEquals(0, left.count());
    }
  }

  private AdapterStore behindTheGate(int attempts, Duration silence) throws IOException {
    return new AdapterStore(
        location,
        new StoreSetup(location).open(),
        gate.open(location.bucket().orElseThrow(), location.directory(), attempts, silence),
        StoreOptions.defaults());
  }

  @ParameterizedTest
  @EnumSource(
      value = S3Gate.Mode.class,
      names = {"HANG"},
      mode = EnumSource.Mode.EXCLUDE)
  void publishesAllOrNothingWhateverRequestFails(S3Gate.Mode mode) throws IOException {
    int failures = 0;
    try (AdapterStore faulty = behindTheGate(1, PATIENT);
        AdapterStore healthy = AdapterStore.open(location)) {
      for (int failAt = 1; ; failAt++) {
        PublishRequest request = PublishRequest.of(SUPPORT, adapter(failAt, 0.9)).alias("prod");
        gate.failAt(failAt, mode);
        if (!fails(faulty, request)) {
          break;
        }
        failures++;
        assertTrue(healthy.search(new Search().digest(adapter(failAt, 0.9).digest())).isEmpty());
        gate.failAt(0, mode);
        Version version = faulty.publish(request, ME).version();
        assertEquals(version, healthy.load(ref("acme/support")).version());
      }
      assertTrue(healthy.check(ME.dry()).isSound());
    }
    // Four blobs are put, and looked at.
    assertEquals(8, failures);
  }

  private boolean fails(AdapterStore store, PublishRequest request) throws IOException {
    try {
      store.publish(request, ME);
      assertFalse(gate.hasFailed());
      return false;
    } catch (StoreUnavailableException e) {
      assertTrue(gate.hasFailed());
      assertTrue(e.toString().contains("s3://graft/test/"), e.toString());
      assertTrue(e.toString().contains("; "), e.toString());
      assertFalse(e.toString().contains("top-secret"), e.toString());
      assertTrue(e.toString().chars().noneMatch(c -> c < ' '), e.toString());
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = S3Gate.Mode.class,
      names = {"HANG"},
      mode = EnumSource.Mode.EXCLUDE)
  void readsLaterWhatCannotBeReadNow(S3Gate.Mode mode) throws IOException {
    try (AdapterStore healthy = AdapterStore.open(location);
        AdapterStore faulty = behindTheGate(1, PATIENT)) {
      StoreSamples.publish(healthy, 1);
      Path target = folder.resolve("out");
      for (int failAt = 1; failAt <= 2; failAt++) {
        gate.failAt(1, mode);
        assertThrows(
            StoreUnavailableException.class,
            () -> faulty.pull(ref("acme/support@1"), target, false));
        assertTrue(Files.notExists(target));
      }
      faulty.pull(ref("acme/support@1"), target, false);
    }
  }

  @Test
  void waitsForNobodyForEver() throws IOException {
    try (AdapterStore faulty = behindTheGate(1, Duration.ofMillis(700))) {
      for (int failAt : new int[] {1, 5}) {
        gate.failAt(failAt, S3Gate.Mode.HANG);
        assertThrows(StoreUnavailableException.class, () -> StoreSamples.publish(faulty, 1));
        assertTrue(gate.hasFailed());
      }
    }
  }

  @Test
  void triesAgainByItself() throws IOException {
    try (AdapterStore store = behindTheGate(3, PATIENT)) {
      for (int failAt = 1; failAt <= 8; failAt += 3) {
        gate.failAt(failAt, S3Gate.Mode.STATUS_500);
        StoreSamples.publish(store, failAt);
        assertTrue(gate.hasFailed());
      }
    }
  }

  @Test
  void collectsTheRestWhenADeletionFailed() throws IOException {
    try (AdapterStore store = behindTheGate(1, PATIENT)) {
      StoreSamples.publish(store, 1);
      StoreSamples.publish(store, 2);
      store.setState(ref("acme/support@1"), VersionState.DELETED, ME);
      gate.failAt(3, S3Gate.Mode.STATUS_503);

      assertThrows(StoreUnavailableException.class, () -> store.collect(Duration.ZERO, ME));
      assertTrue(store.check(ME.dry()).isSound());
      assertTrue(store.collect(Duration.ZERO, ME).blobs() > 0);
      store.load(ref("acme/support@2"));
    }
  }
}
