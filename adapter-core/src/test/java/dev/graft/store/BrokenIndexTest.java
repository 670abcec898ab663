package dev.graft.store;

import static dev.graft.store.FaultPlace.SECRET;
import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.AtomicFiles;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * An index that is not what was written: whatever is asked is answered or refused with a typed
 * error. {@code -Dgraft.store.faults=1000} for more rounds of random damage.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenIndexTest {
  private static final int ROUNDS = Integer.getInteger("graft.store.faults", 60);

  /** How many kinds of nonsense each column is given. */
  private static final int KINDS = Integer.getInteger("graft.store.faults", 1);

  private static final List<String> NONSENSE =
      List.of("'no Sense/'", "''", "-1", "x'ff00'", "1e300");

  @TempDir static Path folder;
  private static FaultPlace template = new FaultPlace(Path.of("unset"));
  private FaultPlace place = new FaultPlace(Path.of("unset"));

  @BeforeAll
  static void fill() throws IOException {
    template = new FaultPlace(Files.createDirectory(folder.resolve("template")));
    template.fill();
    try (AdapterStore store = template.open()) {
      store.promote(ref("acme/support@2"), "prod", Expected.anything(), ME);
      store.publish(
          PublishRequest.of(SUPPORT, adapter(4, 0.9))
              .parent(ParentLink.merged(ref("globex/support@1"), 0.5)),
          ME);
      store.tag(ref("acme/support@1"), "golden", ME);
      store.removeAlias(SECRET, "prod", Expected.anything(), ME);
      store.rollback(SECRET, "prod", Expected.anything(), ME);
      store.createTenant("gone", Quota.of(1 << 20, 5), ME);
      store.eraseTenant("gone", ME);
    }
  }

  @BeforeEach
  void copy() throws IOException {
    place = template.copyTo(folder.resolve("run"));
  }

  @AfterEach
  void delete() throws IOException {
    AtomicFiles.deleteTree(place.folder());
  }

  private Path index() {
    return place.location().directory().resolve("index.db");
  }

  /** Something that is asked of a registry, or done to it. */
  private interface Call {
    void on(AdapterStore store) throws IOException;
  }

  private static final List<Call> CALLS =
      List.of(
          AdapterStore::tenants,
          store -> store.tenant("acme"),
          store -> store.adapters("acme"),
          store -> store.versions(SUPPORT),
          store -> store.resolve(ref("acme/support")),
          store -> store.details(ref("acme/support@1")),
          store -> store.load(ref("acme/support@1")),
          store -> store.load(ref("globex/support")),
          store -> store.aliases(SUPPORT),
          store -> store.history(SUPPORT, "prod"),
          store -> store.search(new Search()),
          store -> store.lineage(ref("acme/support@3")),
          store -> store.audit(Optional.empty(), 100),
          AdapterStore::verifyAudit,
          store -> store.check(ME.dry()),
          store -> store.publish(PublishRequest.of(SUPPORT, adapter(5, 0.9)).alias("prod"), ME),
          store -> store.promote(ref("acme/support@1"), "prod", Expected.anything(), ME),
          store -> store.rollback(SUPPORT, "prod", Expected.anything(), ME),
          store -> store.setState(ref("acme/support@2"), VersionState.DELETED, ME),
          store -> store.collect(Duration.ZERO, ME),
          store -> store.rotateKey("globex", false, ME),
          store -> store.check(ME),
          store -> store.eraseTenant("acme", ME));

  /** Answers, or typed errors, to everything; says how many errors there were. */
  private int answers(String damage) {
    int refused = 0;
    try (AdapterStore store = place.open()) {
      for (Call call : CALLS) {
        try {
          call.on(store);
        } catch (StoreException e) {
          refused++;
        }
      }
    } catch (StoreException e) {
      return CALLS.size();
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(damage, e);
    }
    return refused;
  }

  @Test
  void answersAllOfASoundIndex() {
    assertEquals(0, answers("none"));
  }

  @Test
  void standsRandomBytesAnywhere() throws IOException {
    byte[] sound = Files.readAllBytes(index());
    int refused = 0;
    for (int seed = 1; seed <= ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] bytes = sound.clone();
      int places = 1 << random.nextInt(9);
      for (int i = 0; i < places; i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      delete();
      copy();
      Files.write(index(), bytes);
      refused += answers("%d random bytes of seed %d".formatted(places, seed));
    }
    assertTrue(refused > ROUNDS, "only " + refused);
  }

  @Test
  void standsAnyLength() throws IOException {
    byte[] sound = Files.readAllBytes(index());
    int refused = 0;
    for (int length = 1; length < sound.length; length += sound.length / 12) {
      delete();
      copy();
      Files.write(index(), Arrays.copyOf(sound, length));
      refused += answers("cut to %d bytes".formatted(length));
    }
    assertTrue(refused > 5 * CALLS.size(), "only " + refused);
  }

  @Test
  void standsNonsenseInAnyColumn() throws Exception {
    int refused = 0;
    for (String column : columns()) {
      for (int kind = 0; kind < Math.min(KINDS, NONSENSE.size()); kind++) {
        delete();
        copy();
        String nonsense = NONSENSE.get(Math.floorMod(column.hashCode() + kind, NONSENSE.size()));
        if (takes(column, nonsense)) {
          refused += answers("%s = %s".formatted(column, nonsense));
        }
      }
    }
    assertTrue(refused > columns().size(), "only " + refused);
  }

  private boolean takes(String column, String nonsense) throws SQLException {
    String table = column.substring(0, column.indexOf('.'));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + index());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA ignore_check_constraints = ON");
      statement.execute("DROP TRIGGER audit_is_not_changed");
      return statement.executeUpdate(
              "UPDATE OR IGNORE %s SET %s = %s WHERE rowid = (SELECT min(rowid) FROM %s)"
                  .formatted(table, column.substring(table.length() + 1), nonsense, table))
          > 0;
    } catch (SQLiteException e) {
      if (e.getResultCode() == SQLiteErrorCode.SQLITE_MISMATCH) {
        return false;
      }
      throw e;
    }
  }

  private List<String> columns() throws SQLException {
    List<String> columns = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + index());
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_info(t.name) c"
                    + " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'")) {
      while (rows.next()) {
        columns.add(rows.getString(1));
      }
    }
    return columns;
  }

  /** An index that is made anew would take all blobs for garbage. */
  @Test
  void makesNoNewIndexInThePlaceOfALostOne() throws IOException {
    byte[] sound = Files.readAllBytes(index());
    Files.delete(index());
    assertLost();
    assertFalse(Files.exists(index()));

    Files.write(index(), new byte[0]);
    assertLost();
    Files.deleteIfExists(index());
    assertThrows(DamagedStoreException.class, () -> AdapterStore.create(place.location()).close());

    Files.deleteIfExists(index());
    Files.write(index(), sound);
    assertEquals(0, answers("none"));
  }

  private void assertLost() {
    var problem = assertThrows(DamagedStoreException.class, () -> place.open().close());
    assertTrue(problem.toString().contains("restore the index"), problem.toString());
    assertThrows(DamagedStoreException.class, () -> AdapterStore.migrate(place.location(), ME));
  }

  @Test
  void saysThatTheIndexIsADirectory() throws IOException {
    Files.delete(index());
    Files.createDirectory(index());

    var problem = assertThrows(StoreUnavailableException.class, () -> place.open().close());

    assertTrue(problem.toString().contains("check that it is a file"), problem.toString());
  }

  @Test
  void readsPastALogThatIsGarbage() throws IOException {
    byte[] garbage = new byte[100_000];
    new Random(1).nextBytes(garbage);
    for (String ending : List.of("-wal", "-shm")) {
      Files.write(index().resolveSibling("index.db" + ending), garbage);
    }

    assertEquals(0, answers("garbage in the log"));
  }
}
