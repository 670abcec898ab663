package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.blob.DirectoryBlobStore;
import dev.graft.store.index.Index;
import dev.graft.store.index.StatementFaults;
import dev.graft.store.index.StatementFaults.Fault;
import dev.graft.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lets the statements of the index fail, whatever is done: it succeeds or fails with a typed error,
 * nothing is half visible, and doing it again works. By default every commit and some other
 * statements, evenly spread; {@code -Dgraft.store.faults=100000} for all.
 */
abstract class IndexFaultsContract {
  /** How many statements meet each fault, besides commits. */
  private static final int MOST = Integer.getInteger("graft.store.faults", 4);

  @TempDir Path folder;
  private StoreLocation location = StoreLocation.directory(Path.of("unset"));
  private int tenants;

  abstract StoreLocation newLocation(Path folder) throws Exception;

  abstract Index faulty(StoreLocation place, StatementFaults faults);

  abstract List<Fault> faults();

  @BeforeEach
  void create() throws Exception {
    location = newLocation(folder);
    AdapterStore.create(location).close();
  }

  static List<IndexScenario> scenarios() {
    return IndexScenario.all();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void failsWithATypedErrorAndLosesNothing(IndexScenario scenario) throws IOException {
    List<String> problems = new ArrayList<>();
    try (AdapterStore sound = AdapterStore.open(location)) {
      StatementFaults clean = StatementFaults.none();
      run(scenario, sound, clean, problems);
      List<String> statements = clean.statements();
      int step = Math.max(1, (statements.size() + MOST - 1) / MOST);
      for (int way = 0; way < faults().size(); way++) {
        for (int turn = 1; turn <= statements.size(); turn++) {
          if (turn % step == way % step || statements.get(turn - 1).equals("COMMIT")) {
            run(scenario, sound, StatementFaults.at(turn, faults().get(way)), problems);
          }
        }
      }
      assertEquals(
          List.of(),
          sound.check(ME.dry()).findings().stream().filter(f -> f.kind().isError()).toList());
    }
    assertTrue(problems.isEmpty(), () -> String.join("\n", problems));
  }

  private void run(
      IndexScenario scenario, AdapterStore sound, StatementFaults faults, List<String> problems)
      throws IOException {
    String tenant = "t" + ++tenants;
    try {
      scenario.prepare().with(sound, tenant);
      if (!succeeds(scenario, sound, tenant, faults)) {
        scenario.operation().with(sound, tenant);
      }
      scenario.done().with(sound, tenant);
      assertTrue(faults.hasStruck(), "nothing failed");
    } catch (IOException | RuntimeException | AssertionError e) {
      problems.add("%s, %s: %s".formatted(scenario, faults, e));
    }
  }

  private boolean succeeds(
      IndexScenario scenario, AdapterStore sound, String tenant, StatementFaults faults)
      throws IOException {
    try (AdapterStore faulty =
        new AdapterStore(
            location,
            faulty(location, faults),
            DirectoryBlobStore.in(location.directory()),
            StoreOptions.defaults())) {
      scenario.operation().with(faulty, tenant);
      return true;
    } catch (StoreException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains("; "), message);
      if (message.contains("not known")) {
        return isDone(scenario, sound, tenant);
      }
      scenario.untouched().with(sound, tenant);
      return false;
    }
  }

  /** As a person does who is told to look before repeating it. */
  private static boolean isDone(IndexScenario scenario, AdapterStore sound, String tenant)
      throws IOException {
    try {
      scenario.untouched().with(sound, tenant);
      return false;
    } catch (AssertionError e) {
      return true;
    }
  }
}
