package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AliasMove;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills writers at random moments, beside a second writer that also collects garbage, and a reader.
 * {@code -Dgraft.store.rounds=1000} for a long run.
 */
class StoreKillTest {
  private static final int ROUNDS = Integer.getInteger("graft.store.rounds", 100);
  private static final int MAX_MILLIS = 150;

  @TempDir Path folder;

  @Test
  void losesNothingThatWasAcknowledgedWhenWritersAreKilled() throws Exception {
    StoreLocation location = StoreLocation.directory(folder.resolve("store"));
    StoreSamples.withTenant(location).close();
    List<String> acknowledged = new ArrayList<>();

    try (Worker reader = Worker.start("read", 1, location);
        Worker writer = Worker.start("write", 2, location)) {
      reader.awaitReady();
      writer.awaitReady();
      killWriters(location, acknowledged);
      acknowledged.addAll(writer.finish());
      List<String> read = reader.finish();
      assertEquals(List.of(), read.stream().filter(line -> line.startsWith("bad")).toList());
      assertTrue(read.get(read.size() - 1).matches("opened [1-9].*"), read.toString());
    }

    try (AdapterStore store = AdapterStore.open(location)) {
      assertKept(store, acknowledged);
      CheckReport report = store.check(ME.dry());
      assertTrue(report.isSound(), report.toString());
      assertEquals(List.of(), store.verifyAudit());
    }
  }

  /** The next writer starts while the one before is killed. */
  private static void killWriters(StoreLocation location, List<String> acknowledged)
      throws Exception {
    Random random = new Random(7);
    Worker next = Worker.start("write", 100, location);
    try {
      for (int round = 1; round <= ROUNDS; round++) {
        Worker victim = next;
        victim.awaitReady();
        next = Worker.start("write", 100 + round, location);
        Thread.sleep(random.nextInt(MAX_MILLIS));
        acknowledged.addAll(victim.kill());
      }
    } finally {
      next.close();
    }
  }

  private static void assertKept(AdapterStore store, List<String> acknowledged) throws IOException {
    Map<Integer, Version> versions =
        store.versions(SUPPORT).stream()
            .collect(Collectors.toMap(Version::number, Function.identity()));
    Map<Integer, Integer> moves = new TreeMap<>();
    for (AliasMove move : store.history(SUPPORT, "prod")) {
      moves.put(move.revision(), move.version().orElseThrow());
    }
    int published = 0;
    for (String line : acknowledged) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "published" -> {
          published++;
          assertEquals(words[2], version(versions, words[1]).digest(), line);
        }
        case "moved" ->
            assertEquals(Integer.valueOf(words[2]), moves.get(Integer.valueOf(words[1])), line);
        case "deleted" ->
            assertEquals(VersionState.DELETED, version(versions, words[1]).state(), line);
        default -> assertTrue(line.startsWith("lost"), line);
      }
    }
    assertTrue(published > 0, acknowledged.toString());
  }

  private static Version version(Map<Integer, Version> versions, String number) {
    Version version = versions.get(Integer.valueOf(number));
    if (version == null) {
      throw new AssertionError("version " + number + " was acknowledged and is lost");
    }
    return version;
  }
}
