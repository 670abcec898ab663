package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Every test has an adapter with three versions of its own, in one registry. */
class AliasMoverTest {
  @TempDir static Path folder;
  private static StoreLocation location = StoreLocation.directory(Path.of("unset"));
  private static AdapterStore store;

  private AdapterName adapter = StoreSamples.SUPPORT;

  @BeforeAll
  static void createARegistry() throws IOException {
    location = StoreLocation.directory(folder.resolve("store"));
    store = StoreSamples.withTenant(location);
  }

  @AfterAll
  static void close() {
    store.close();
  }

  @BeforeEach
  void publishThreeVersions(TestInfo test) throws IOException {
    String name = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
    adapter = new AdapterName("acme", name.substring(0, Math.min(60, name.length())));
    for (int seed = 1; seed <= 3; seed++) {
      store.publish(PublishRequest.of(adapter, StoreSamples.adapter(seed, 0.9)), ME);
    }
  }

  private AliasChange promote(int version) throws IOException {
    return store.promote(adapter.version(version), "prod", Expected.anything(), ME);
  }

  private AliasChange rollback() throws IOException {
    return store.rollback(adapter, "prod", Expected.anything(), ME);
  }

  private AliasChange remove() throws IOException {
    return store.removeAlias(adapter, "prod", Expected.anything(), ME);
  }

  private Alias alias(int version, int revision) {
    return new Alias(adapter, "prod", version, revision);
  }

  private static void sql(String statement) throws SQLException {
    String url = "jdbc:sqlite:" + location.directory().resolve("index.db");
    try (Connection connection = DriverManager.getConnection(url);
        Statement open = connection.createStatement()) {
      open.execute(statement);
    }
  }

  @Test
  void saysWhereAnAliasPointedAndPoints() throws IOException {
    AliasChange first = promote(1);
    AliasChange second = promote(2);
    AliasChange back = rollback();
    AliasChange gone = remove();

    Optional<Alias> one = Optional.of(alias(1, 1));
    Optional<Alias> two = Optional.of(alias(2, 2));
    Optional<Alias> again = Optional.of(alias(1, 3));
    assertEquals(new AliasChange(Optional.empty(), one, List.of()), first);
    assertEquals(new AliasChange(one, two, List.of()), second);
    assertEquals(new AliasChange(two, again, List.of()), back);
    assertEquals(new AliasChange(again, Optional.empty(), List.of()), gone);
    assertTrue(first.isMove() && second.isMove() && back.isMove() && gone.isMove());
    assertEquals("%s:prod -> 2 (revision 2)".formatted(adapter), two.get().toString());
  }

  @Test
  void leavesAnAliasAloneThatPointsThereAlready() throws IOException {
    promote(1);

    AliasChange again = promote(1);

    assertFalse(again.isMove());
    assertEquals(Optional.of(alias(1, 1)), again.after());
    assertEquals(1, store.history(adapter, "prod").size());
  }

  @Test
  void remembersEveryMoveWithItsAuditLine() throws IOException {
    promote(1);
    store.promote(adapter.version(2), "prod", Expected.anything(), ME.note("better"));
    rollback();
    remove();

    List<AliasMove> moves = store.history(adapter, "prod");
    List<AuditLine> lines = store.audit(Optional.of("acme"), 4);

    assertEquals(List.of(4, 3, 2, 1), moves.stream().map(AliasMove::revision).toList());
    assertEquals(
        List.of(
            AliasMove.Kind.REMOVE,
            AliasMove.Kind.ROLLBACK,
            AliasMove.Kind.PROMOTE,
            AliasMove.Kind.PROMOTE),
        moves.stream().map(AliasMove::kind).toList());
    assertEquals(
        List.of(OptionalInt.empty(), OptionalInt.of(1), OptionalInt.of(2), OptionalInt.of(1)),
        moves.stream().map(AliasMove::version).toList());
    assertEquals(
        List.of(OptionalInt.of(3), OptionalInt.empty(), OptionalInt.of(1), OptionalInt.empty()),
        moves.stream().map(AliasMove::undo).toList());
    assertEquals("better", moves.get(2).note());
    assertEquals(
        List.of("remove-alias", "rollback", "promote", "promote"),
        lines.stream().map(AuditLine::action).toList());
    for (int i = 0; i < 4; i++) {
      assertEquals(lines.get(i).sequence(), moves.get(i).sequence());
      assertEquals(lines.get(i).time(), moves.get(i).time());
      assertEquals("tester", moves.get(i).author());
      assertEquals(adapter + ":prod", lines.get(i).subject());
    }
    assertEquals("{\"before\":1,\"revision\":4}", lines.get(0).detail());
    assertEquals("{\"after\":2,\"before\":1,\"revision\":2}", lines.get(2).detail());
  }

  @Test
  void doesNotGoBackBeyondARemovalOnceTheAliasIsMadeAnew() throws IOException {
    promote(1);
    remove();
    promote(2);

    var problem = assertThrows(NotInStoreException.class, this::rollback);

    assertEquals(
        "alias \"prod\" of %s has nothing to go back to; promote a version instead"
            .formatted(adapter),
        problem.getMessage());
    assertEquals(Optional.of(alias(2, 3)), store.alias(adapter, "prod"));
  }

  @Test
  void goesBackFurtherOverARemoval() throws IOException {
    promote(1);
    promote(2);
    remove();

    assertEquals(Optional.of(alias(2, 4)), rollback().after());
    assertEquals(Optional.of(alias(1, 5)), rollback().after());
  }

  @Test
  void saysWhichVersionsItPassedOverWhenNothingIsLeft() throws IOException {
    promote(1);
    promote(2);
    promote(3);
    store.setState(adapter.version(2), VersionState.BLOCKED, ME);
    store.setState(adapter.version(1), VersionState.DELETED, ME);

    var problem = assertThrows(NotInStoreException.class, this::rollback);

    assertEquals(
        "alias \"prod\" of %s has nothing to go back to: the versions [2, 1] are blocked, deleted or not signed; promote a version instead"
            .formatted(adapter),
        problem.getMessage());
  }

  @Test
  void goesBackToAVersionThatIsServedWithAWarning() throws IOException {
    promote(1);
    promote(2);
    store.setState(adapter.version(1), VersionState.DEPRECATED, ME);

    AliasChange back = rollback();

    assertEquals(Optional.of(alias(1, 3)), back.after());
    assertEquals(List.of(), back.skipped());
  }

  @Test
  void saysWhatItFoundInsteadOfWhatWasExpected() throws IOException {
    promote(1);

    var moved =
        assertThrows(
            AliasConflictException.class,
            () -> store.rollback(adapter, "prod", Expected.version(3), ME));
    var absent =
        assertThrows(
            AliasConflictException.class,
            () -> store.promote(adapter.version(1), "candidate", Expected.revision(4), ME));
    assertThrows(
        AliasConflictException.class,
        () -> store.removeAlias(adapter, "prod", Expected.revision(9), ME));

    assertEquals(
        "alias \"prod\" of %s was moved meanwhile: expected version 3, found version 1, revision 1; look at its history and decide again"
            .formatted(adapter),
        moved.getMessage());
    assertEquals(Optional.of(alias(1, 1)), moved.found());
    assertTrue(absent.toString().contains("expected revision 4, found no such alias"));
    assertEquals(Optional.empty(), absent.found());
    assertEquals(1, store.history(adapter, "prod").size());
  }

  @Test
  void saysWhichAliasesThereWereInsteadOfOneThatNeverWas() throws IOException {
    promote(1);
    store.promote(adapter.version(1), "candidate", Expected.absent(), ME);
    store.removeAlias(adapter, "candidate", Expected.version(1), ME);

    var problem =
        assertThrows(
            NotInStoreException.class,
            () -> store.rollback(adapter, "prd", Expected.anything(), ME));

    assertEquals(
        "%s never had an alias \"prd\"; it has had [candidate, prod]".formatted(adapter),
        problem.getMessage());
    assertThrows(
        NotInStoreException.class,
        () -> store.removeAlias(adapter, "candidate", Expected.anything(), ME));
  }

  @Test
  void takesOnlyNamesForAliases() {
    assertThrows(
        IllegalArgumentException.class,
        () -> store.promote(adapter.version(1), "../prod", Expected.anything(), ME));
    assertThrows(
        IllegalArgumentException.class,
        () -> store.rollback(adapter, "PROD", Expected.anything(), ME));
    assertThrows(
        NotInStoreException.class,
        () -> store.rollback(new AdapterName("acme", "no"), "prod", Expected.anything(), ME));
  }

  @Test
  void keepsTheAliasesOfAnAdapterApartAndInOrder() throws IOException {
    store.promote(adapter.version(2), "zebra", Expected.absent(), ME);
    store.promote(adapter.version(1), "canary", Expected.absent(), ME);
    promote(3);

    assertEquals(
        List.of("canary", "prod", "zebra"),
        store.aliases(adapter).stream().map(Alias::name).toList());
    AdapterSummary summary =
        store.adapters("acme").stream()
            .filter(line -> line.line().name().equals(adapter))
            .findFirst()
            .orElseThrow();
    assertEquals(store.aliases(adapter), summary.aliases());
    assertEquals(1, store.history(adapter, "canary").size());
  }

  @Test
  void repairsAliasesByTheirHistory() throws IOException, SQLException {
    promote(1);
    promote(2);
    store.promote(adapter.version(1), "lost", Expected.absent(), ME);
    store.promote(adapter.version(1), "extra", Expected.absent(), ME);
    store.removeAlias(adapter, "extra", Expected.anything(), ME);
    String mine = " WHERE name = '%s' AND alias = ".formatted(adapter.name());
    sql("UPDATE alias SET version = 1" + mine + "'prod'");
    sql("DELETE FROM alias" + mine + "'lost'");
    sql("INSERT INTO alias VALUES ('acme', '%s', 'extra', 3, 1)".formatted(adapter.name()));
    sql("INSERT INTO alias VALUES ('acme', '%s', 'never', 3, 1)".formatted(adapter.name()));

    List<Finding> tried = findings(ME.dry());
    List<Finding> repaired = findings(ME);

    assertEquals(
        List.of(
            adapter + ":extra: it points to version 3 at revision 1, its history says nothing",
            adapter + ":lost: it points to nothing, its history says version 1 at revision 1",
            adapter + ":never: it points to version 3 at revision 1, its history says nothing",
            adapter
                + ":prod: it points to version 1 at revision 2, its history says version 2 at revision 2"),
        tried.stream().map(f -> f.subject() + ": " + f.explanation()).sorted().toList());
    assertEquals(4, repaired.size());
    assertEquals(List.of(), findings(ME.dry()));
    assertEquals(List.of(new Alias(adapter, "lost", 1, 1), alias(2, 2)), store.aliases(adapter));
  }

  private List<Finding> findings(Change change) throws IOException {
    return store.check(change).findings().stream()
        .filter(finding -> finding.kind() == Finding.Kind.ALIAS_OFF_HISTORY)
        .toList();
  }
}
