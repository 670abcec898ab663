package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.check.Gate;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** All that a registry does, whatever database its index is in. */
abstract class AdapterStoreContract extends UpkeepContract {
  @Test
  void recordsEveryChangeInAChainThatVerifies() throws IOException {
    publish(store, 1);
    promote(1);
    store.tag(ref("acme/support@1"), "golden", ME);
    store.setState(ref("acme/support@1"), VersionState.DEPRECATED, ME.note("too old"));

    List<AuditLine> lines = store.audit(Optional.of("acme"), 10);

    assertEquals(
        List.of("deprecate", "tag", "promote", "publish", "create-tenant"),
        lines.stream().map(AuditLine::action).toList());
    assertEquals("too old", lines.get(0).note());
    assertEquals(List.of(), store.verifyAudit());
  }

  @Test
  void letsNobodyChangeTheAuditLogByAccident() {
    assertThrows(SQLException.class, () -> sql("UPDATE audit SET author = 'nobody'"));
    assertThrows(SQLException.class, () -> sql("DELETE FROM audit"));
  }

  @Test
  void noticesChangedMissingReorderedAndLostLinesOfTheAuditLog() throws Exception {
    for (int seed = 1; seed <= 4; seed++) {
      publish(store, seed);
    }
    sql(unguardAudit().toArray(String[]::new));

    sql("UPDATE audit SET author = 'nobody' WHERE sequence = 2");
    assertProblem("line 2 ", "was changed");
    sql("UPDATE audit SET author = 'tester' WHERE sequence = 2");
    assertEquals(List.of(), store.verifyAudit());

    sql(
        "UPDATE audit SET sequence = 99 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = 99");
    assertProblem("line 3 ", "reordered");
    sql(
        "UPDATE audit SET sequence = 99 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = 99");
    assertEquals(List.of(), store.verifyAudit());

    sql("DELETE FROM audit WHERE sequence = 5");
    assertProblem("line 5 ", "missing");
    sql("DELETE FROM audit WHERE sequence = 3");
    assertProblem("line 4 ", "missing");
  }

  private void assertProblem(String... parts) throws IOException {
    List<String> problems = store.verifyAudit();
    assertTrue(
        problems.stream().anyMatch(p -> List.of(parts).stream().allMatch(p::contains)),
        problems.toString());
    CheckReport report = store.check(ME.dry());
    assertFalse(report.isSound());
  }

  @Test
  void listsATenantsAdaptersWithNewestVersionAndAliases() throws IOException {
    publish(store, 1);
    publish(store, 2);
    promote(1);
    store.publish(PublishRequest.of(AdapterName.parse("acme/billing"), adapter(5, 0.7)), ME);

    List<AdapterSummary> summaries = store.adapters("acme");

    assertEquals(
        List.of("acme/billing", "acme/support"),
        summaries.stream().map(s -> s.line().name().toString()).toList());
    assertEquals(2, summaries.get(1).newest().number());
    assertEquals("prod", summaries.get(1).aliases().get(0).name());
  }

  @Test
  void showsAFamilyAcrossRetrainingAndMerging() throws IOException {
    AdapterName merged = AdapterName.parse("acme/merged");
    publish(store, 1);
    store.publish(
        PublishRequest.of(SUPPORT, adapter(2, 0.9))
            .parent(ParentLink.retrained(ref("acme/support@1"))),
        ME);
    store.publish(PublishRequest.of(AdapterName.parse("acme/legal"), adapter(3, 0.9)), ME);
    store.publish(
        PublishRequest.of(merged, adapter(4, 0.9))
            .parent(ParentLink.merged(ref("acme/support@2"), 0.7))
            .parent(ParentLink.merged(ref("acme/legal@1"), 0.3)),
        ME);

    Lineage ofRoot = store.lineage(ref("acme/support@1"));
    Lineage ofMerged = store.lineage(merged.version(1));

    assertEquals(
        List.of("acme/support@1", "acme/support@2", "acme/merged@1"),
        ofRoot.members().stream().map(v -> v.reference().toString()).toList());
    assertEquals(4, ofMerged.members().size());
    assertEquals(
        List.of("acme/support@1", "acme/support@2", "acme/legal@1"),
        ofMerged.links().stream().map(l -> l.parent().reference().toString()).toList());
    assertEquals(0.3, ofMerged.links().get(2).parent().weight().orElseThrow());
  }

  @Test
  void showsWhatTwoVersionsDoNotHaveInCommon() throws IOException {
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.8)), ME);
    store.publish(PublishRequest.of(SUPPORT, adapter(2, 0.9)), ME);

    VersionDiff diff = store.diff(ref("acme/support@1"), ref("acme/support@2"));
    VersionDiff same = store.diff(ref("acme/support@1"), ref("acme/support@1"));

    assertEquals(List.of(), diff.configuration());
    assertEquals(
        new VersionDiff.Metric("evalAccuracy", Optional.of(0.8), Optional.of(0.9)),
        diff.metrics().get(0));
    assertTrue(diff.modules().get(0).differenceNorm() > 1);
    assertEquals(0, same.modules().get(0).differenceNorm(), 1e-5);
    assertEquals(List.of(), diff.onlyInOne());
  }

  @Test
  void findsVersionsByTagTextMetricAndState() throws IOException {
    publish(store, 1);
    store.publish(PublishRequest.of(SUPPORT, adapter(2, 0.6)).tag("golden"), ME.note("50% data"));
    publish(store, 3);
    store.setState(ref("acme/support@3"), VersionState.DELETED, ME);

    assertEquals(List.of(2, 1), numbers(new Search().tenant("acme")));
    assertEquals(List.of(2), numbers(new Search().tag("golden")));
    assertEquals(List.of(2), numbers(new Search().text("50%")));
    assertEquals(List.of(), numbers(new Search().text("5_%")));
    assertEquals(List.of(1), numbers(new Search().metric(Gate.parse("evalAccuracy>0.8"))));
    assertEquals(List.of(3), numbers(new Search().state(VersionState.DELETED)));
    assertEquals(List.of(2), numbers(new Search().limit(1)));
    assertTrue(store.untag(ref("acme/support@2"), "golden", ME));
    assertEquals(List.of(), numbers(new Search().tag("golden")));
  }

  private List<Integer> numbers(Search search) throws IOException {
    return store.search(search).stream().map(Version::number).toList();
  }

  @Test
  void tellsAWatchingProcessWithinASecondThatAnAliasMoved() throws Exception {
    publish(store, 1);
    try (AdapterStore other = AdapterStore.open(location);
        StoreWatch watch = other.watch()) {
      assertEquals(List.of(), watch.next(Duration.ofMillis(1)));
      CompletableFuture<List<AuditLine>> seen =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return watch.next(Duration.ofSeconds(30));
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Thread.sleep(200);

      promote(1);
      long moved = System.nanoTime();
      List<AuditLine> lines = seen.join();

      assertEquals("acme/support:prod", lines.get(0).subject());
      // One second is what is promised; a loaded machine gets more.
      assertTrue(System.nanoTime() - moved < Duration.ofSeconds(5).toNanos());
    }
  }

  @Test
  void refusesAnIndexOfANewerFormat() throws Exception {
    sql(
        "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
            + " checksum, installed_by, execution_time, success)"
            + " VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 0, 'x', 0, '1')");

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
    assertThrows(StoreFormatException.class, () -> AdapterStore.migrate(location, ME));
    assertThrows(StoreFormatException.class, () -> AdapterStore.migrate(location, ME.dry()));
    assertThrows(StoreFormatException.class, () -> AdapterStore.initialize(location, ME));

    assertTrue(problem.toString().contains("format 99"), problem.getMessage());
  }

  @Test
  void refusesTheBlobsOfAnotherRegistry() throws Exception {
    sql("UPDATE store SET id = 'another'");

    assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
  }

  @Test
  void opensWhatIsThereWhenItIsCreatedAgain() throws IOException {
    publish(store, 1);

    try (AdapterStore again = AdapterStore.create(location)) {
      assertEquals(1, again.versions(SUPPORT).size());
    }
  }
}
