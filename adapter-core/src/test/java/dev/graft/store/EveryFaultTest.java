package dev.graft.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.graft.files.AtomicFiles;
import dev.graft.files.DiskFaults;
import dev.graft.files.FaultyDisk;
import dev.graft.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lets every operation on the disk fail in every way, whatever is done with a registry: it succeeds
 * or fails with a typed error, the registry verifies, and doing it again works. By default some of
 * the operations, evenly spread; {@code -Dgraft.store.faults=100000} for all.
 */
class EveryFaultTest {
  /** How many operations fail in turn, for each thing that is done and each kind of fault. */
  private static final int MOST = Integer.getInteger("graft.store.faults", 3);

  @TempDir static Path folder;
  private static FaultPlace template = new FaultPlace(Path.of("unset"));

  @BeforeAll
  static void fill() throws IOException {
    template = new FaultPlace(Files.createDirectory(folder.resolve("template")));
    template.fill();
  }

  @ParameterizedTest
  @MethodSource("dev.graft.store.FaultScenarios#all")
  void failsWithATypedErrorAndLosesNothing(FaultScenario scenario) throws IOException {
    FaultPlace prepared = template.copyTo(folder.resolve("prepared"));
    scenario.prepare().in(prepared);
    List<String> problems = new ArrayList<>();
    DiskFaults clean = DiskFaults.none();
    run(scenario, prepared, clean, problems);
    for (DiskFaults.Kind kind : DiskFaults.Kind.values()) {
      int step = Math.max(1, (clean.count(kind) + MOST - 1) / MOST);
      for (int turn = 1 + kind.name().length() % step; turn <= clean.count(kind); turn += step) {
        run(scenario, prepared, DiskFaults.at(kind, turn), problems);
      }
    }
    AtomicFiles.deleteTree(prepared.folder());
    assertTrue(problems.isEmpty(), () -> String.join("\n", problems));
  }

  private static void run(
      FaultScenario scenario, FaultPlace prepared, DiskFaults faults, List<String> problems)
      throws IOException {
    FaultPlace sound = prepared.copyTo(folder.resolve("run"));
    try {
      if (!succeeds(scenario, sound, faults)) {
        scenario.kept().in(sound);
        scenario.operation().in(sound);
      }
      scenario.done().in(sound);
    } catch (IOException | RuntimeException | AssertionError e) {
      problems.add("%s, %s: %s".formatted(scenario, faults, e));
    } finally {
      AtomicFiles.deleteTree(sound.folder());
    }
  }

  private static boolean succeeds(FaultScenario scenario, FaultPlace sound, DiskFaults faults) {
    FaultPlace faulty = new FaultPlace(FaultyDisk.path(sound.folder(), faults));
    try {
      scenario.operation().in(faulty);
      return true;
    } catch (StoreException e) {
      assertExplains(sound, e);
      return false;
    } catch (IOException e) {
      assertIsAboutUsersFiles(sound, faults, e);
      return false;
    } catch (RuntimeException e) {
      return fail("not a typed error: " + e, e);
    }
  }

  /** What, where and what to do. */
  private static void assertExplains(FaultPlace sound, StoreException problem) {
    String message = String.valueOf(problem.getMessage());
    assertTrue(message.contains(sound.folder().toString()), message);
    assertTrue(message.contains("; "), message);
  }

  /** Only what lies outside of registry and keys may fail as files do, saying which. */
  private static void assertIsAboutUsersFiles(
      FaultPlace sound, DiskFaults faults, IOException problem) {
    assertTrue(faults.hasStruck(), problem.toString());
    Path place = Path.of(faults.place().toString());
    assertFalse(place.startsWith(sound.location().directory()), problem.toString());
    assertFalse(place.startsWith(sound.keys()), problem.toString());
    String message = String.valueOf(problem.getMessage());
    assertTrue(message.contains(sound.folder().toString()), problem.toString());
  }
}
