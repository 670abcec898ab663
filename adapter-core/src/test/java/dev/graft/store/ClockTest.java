package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Quota;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry whose clock goes back a day each time it is looked at. */
class ClockTest {
  @TempDir Path folder;

  private static final class BackwardsClock extends Clock {
    private Instant now = Instant.now();

    @Override
    public Instant instant() {
      now = now.minus(Duration.ofDays(1));
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @Test
  void keepsTheOrderOfWhatHappensWhenItsClockGoesBackwards() throws IOException {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    StoreOptions options = StoreOptions.defaults().clock(new BackwardsClock());
    try (AdapterStore store = AdapterStore.create(location, options)) {
      store.createTenant("acme", Quota.NONE, ME);
      for (int seed = 1; seed <= 3; seed++) {
        publish(store, seed);
        store.promote(SUPPORT.version(seed), "prod", Expected.anything(), ME);
      }
      store.rollback(SUPPORT, "prod", Expected.anything(), ME);

      assertEquals(2, store.resolve(ref("acme/support")).number());
      assertEquals(
          List.of(2, 3, 2, 1),
          store.history(SUPPORT, "prod").stream()
              .map(AliasMove::version)
              .map(version -> version.orElseThrow())
              .toList());
      assertEquals(
          List.of(1, 2, 3), store.versions(SUPPORT).stream().map(Version::number).toList());
      List<AuditLine> lines = store.audit(Optional.empty(), 100);
      for (int i = 1; i < lines.size(); i++) {
        assertEquals(lines.get(i - 1).sequence() - 1, lines.get(i).sequence());
        assertTrue(lines.get(i).time().isAfter(lines.get(i - 1).time()));
      }
      assertEquals(List.of(), store.verifyAudit());
    }
  }

  @Test
  void collectsNothingThatIsUsedWhateverItsClockSays() throws IOException {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    StoreSamples.withTenant(location).close();
    Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofDays(400));
    for (Clock clock : List.of(new BackwardsClock(), ahead)) {
      try (AdapterStore store = AdapterStore.open(location, StoreOptions.defaults().clock(clock))) {
        Version version = publish(store, 1).version();
        store.collect(Duration.ZERO, ME);

        assertEquals(adapter(1, 0.9), store.load(version.reference()).adapter());
        assertTrue(store.check(ME.dry()).isSound());
      }
    }
  }

  @Test
  void collectsWhatWasDeletedInTheTickOfTheClockInWhichItCollects() throws IOException {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    StoreSamples.withTenant(location).close();
    Clock still = Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC);
    try (AdapterStore store = AdapterStore.open(location, StoreOptions.defaults().clock(still))) {
      Version version = publish(store, 1).version();
      store.setState(version.reference(), VersionState.DELETED, ME);

      assertEquals(0, store.collect(Duration.ofMillis(1), ME).blobs());
      assertTrue(store.collect(Duration.ZERO, ME).blobs() > 0);
    }
  }
}
