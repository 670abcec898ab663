package dev.graft.store;

import static dev.graft.store.StoreSamples.BASE;
import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.TOKENIZER;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.store.check.Gate;
import dev.graft.store.check.NotWorseThan;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registry does, whatever database its index is in. */
abstract class AdapterStoreContract {
  @TempDir Path folder;
  StoreLocation location = StoreLocation.directory(Path.of("unset"));
  private AdapterStore store;

  /** A place without a registry. */
  abstract StoreLocation newLocation(Path folder) throws Exception;

  /** A connection to the index, past the registry. */
  abstract Connection connect(StoreLocation place) throws SQLException;

  /** Statements that switch off the guard of the audit log. */
  abstract List<String> unguardAudit();

  @BeforeEach
  void openAStoreWithATenant() throws Exception {
    location = newLocation(folder);
    store = StoreSamples.withTenant(location);
  }

  @AfterEach
  void close() {
    if (store != null) {
      store.close();
    }
  }

  final AdapterStore store() {
    return store;
  }

  void sql(String... statements) throws SQLException {
    try (Connection connection = connect(location);
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }

  private void assertSound() throws IOException {
    CheckReport report = store.check(ME.dry());
    assertEquals(List.of(), report.findings().stream().filter(f -> f.kind().isError()).toList());
  }

  // Publishing

  @Test
  void publishesVersionsThatCountUp() throws IOException {
    Adapter content = adapter(1, 0.5);

    PublishResult first = store.publish(PublishRequest.of(SUPPORT, content), ME.note("first"));
    PublishResult second = publish(store, 2);

    assertTrue(first.isNew());
    Version version = first.version();
    assertEquals(1, version.number());
    assertEquals(content.digest(), version.digest());
    assertEquals(BASE, version.baseDigest());
    assertEquals(TOKENIZER, version.tokenizerDigest());
    assertEquals("LORA", version.type());
    assertEquals(2, version.rank());
    assertEquals(Map.of("evalAccuracy", 0.5, "evalLoss", 0.5), version.metrics());
    assertEquals("tester", version.author());
    assertEquals("first", version.note());
    assertEquals(2, second.version().number());
    assertEquals(List.of(version, second.version()), store.versions(SUPPORT));
    assertSound();
  }

  @Test
  void givesBackTheBytesThatWerePublished() throws IOException {
    Path source = folder.resolve("source");
    new PeftFormat().write(adapter(1, 0.9), source);
    store.publish(PublishRequest.of(SUPPORT, source).alias("prod"), ME);

    store.pull(ref("acme/support"), folder.resolve("pulled"), false);

    for (String name : List.of(PeftFormat.CONFIG_FILE, PeftFormat.TENSOR_FILE, "graft.json")) {
      assertArrayEquals(
          Files.readAllBytes(source.resolve(name)),
          Files.readAllBytes(folder.resolve("pulled").resolve(name)));
    }
    assertEquals(adapter(1, 0.9), store.load(ref("acme/support@1")).adapter());
  }

  @Test
  void storesEqualContentOnceAndMakesNoSecondVersionOfIt() throws IOException {
    Version first = publish(store, 1).version();
    PublishResult again =
        store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod"), ME);
    store.publish(PublishRequest.of(AdapterName.parse("acme/other"), adapter(1, 0.9)), ME);

    assertFalse(again.isNew());
    assertEquals(first, again.version());
    assertEquals(1, store.resolve(ref("acme/support")).number());
    try (var blobs = Files.list(location.directory().resolve("blobs/sha256"))) {
      assertEquals(4, blobs.count());
    }
    assertSound();
  }

  @Test
  void refusesAnUnknownTenantAndOffersNearOnes() {
    PublishRequest request = PublishRequest.of(AdapterName.parse("acne/support"), adapter(1, 0.9));

    var problem = assertThrows(NotInStoreException.class, () -> store.publish(request, ME));

    assertTrue(problem.toString().contains("did you mean \"acme\"?"), problem.getMessage());
  }

  @Test
  void refusesAnAdapterThatDoesNotSayItsBaseUntilItIsGiven() throws IOException {
    Adapter foreign = adapter(1, GraftRecord.empty());

    assertThrows(
        PublishRefusedException.class,
        () -> store.publish(PublishRequest.of(SUPPORT, foreign), ME));
    Version bound =
        store
            .publish(
                PublishRequest.of(SUPPORT, foreign).baseDigest(BASE).tokenizerDigest(TOKENIZER), ME)
            .version();

    assertEquals(Optional.of(BASE), store.load(bound.reference()).adapter().record().baseDigest());
  }

  @Test
  void refusesAnotherBaseInOneLineUntilItIsAllowed() throws IOException {
    publish(store, 1);
    String other = "sha256:" + "0f".repeat(32);
    Adapter moved =
        adapter(2, GraftRecord.builder().baseDigest(other).tokenizerDigest(TOKENIZER).build());

    var problem =
        assertThrows(
            PublishRefusedException.class,
            () -> store.publish(PublishRequest.of(SUPPORT, moved), ME));
    store.publish(PublishRequest.of(SUPPORT, moved).allowNewBase(), ME);

    assertTrue(problem.toString().contains(other), problem.getMessage());
    assertEquals(other, store.find(ref("acme/support@2")).baseDigest());
  }

  @Test
  void refusesAVersionThatMissesAGateAndPublishesNothing() throws IOException {
    PublishRequest request =
        PublishRequest.of(SUPPORT, adapter(1, 0.85))
            .alias("prod")
            .require(Gate.parse("evalAccuracy>=0.9"));

    var problem = assertThrows(PublishRefusedException.class, () -> store.publish(request, ME));

    assertTrue(problem.toString().contains("found 0.85"), problem.getMessage());
    assertEquals(List.of(), store.adapters("acme"));
  }

  @Test
  void refusesAVersionWorseThanTheLiveOne() throws IOException {
    NotWorseThan prod = NotWorseThan.parse("prod");
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod").notWorseThan(prod), ME);

    assertThrows(
        PublishRefusedException.class,
        () -> store.publish(PublishRequest.of(SUPPORT, adapter(2, 0.89)).notWorseThan(prod), ME));
    store.publish(PublishRequest.of(SUPPORT, adapter(3, 0.91)).notWorseThan(prod), ME);

    assertEquals(2, store.versions(SUPPORT).size());
  }

  @Test
  void holdsATenantToItsQuotaUntilVersionsAreDeleted() throws IOException {
    long size = publish(store, 1).version().sizeBytes();
    store.setQuota("acme", Quota.of(10 * size, 2), ME);
    publish(store, 2);

    assertThrows(QuotaExceededException.class, () -> publish(store, 3));
    store.setState(ref("acme/support@1"), VersionState.DELETED, ME);
    publish(store, 3);
    store.setQuota("acme", Quota.of(2 * size, 10), ME);

    assertThrows(QuotaExceededException.class, () -> publish(store, 4));
    Tenant tenant = store.tenant("acme");
    assertEquals(2, tenant.usedVersions());
    assertSound();
  }

  @Test
  void changesNothingInADryRun() throws IOException {
    PublishResult tried =
        store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod"), ME.dry());

    assertEquals(1, tried.version().number());
    assertEquals(List.of(), store.adapters("acme"));
    assertEquals(1, store.audit(Optional.empty(), 10).size());
    try (var blobs = Files.list(location.directory().resolve("blobs/sha256"))) {
      assertEquals(0, blobs.count());
    }
    assertEquals(tried.version().digest(), publish(store, 1).version().digest());
  }

  // References and states

  @Test
  void resolvesEveryFormOfReference() throws IOException {
    Version first = publish(store, 1).version();
    Version second = publish(store, 2).version();
    store.promote(first.reference(), "prod", Expected.absent(), ME);

    assertEquals(first, store.resolve(ref("acme/support")));
    assertEquals(first, store.resolve(ref("acme/support:prod")));
    assertEquals(second, store.resolve(ref("acme/support@2")));
    assertEquals(second, store.resolve(ref("acme/support@" + second.digest())));
  }

  @Test
  void doesNotTakeABareNameForTheNewestVersion() throws IOException {
    publish(store, 1);

    var problem = assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/support")));

    assertTrue(problem.toString().contains("alias \"prod\""), problem.getMessage());
  }

  @Test
  void saysWhatThereIsInsteadOfWhatIsMissing() throws IOException {
    publish(store, 1);

    assertEquals(
        "adapter \"acme/suport\" is not in the registry; did you mean \"support\"?",
        assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/suport@1")))
            .getMessage());
    assertEquals(
        "acme/support@7 is not in the registry; there are versions 1 to 1 and the aliases []",
        assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/support@7")))
            .getMessage());
  }

  @Test
  void refusesABlockedVersionAtOnceWhateverPointsToIt() throws IOException {
    publish(store, 1);
    store.promote(ref("acme/support@1"), "prod", Expected.anything(), ME);
    store.setState(ref("acme/support"), VersionState.BLOCKED, ME);

    assertThrows(VersionStateException.class, () -> store.resolve(ref("acme/support")));
    assertThrows(VersionStateException.class, () -> store.load(ref("acme/support@1")));
    assertThrows(VersionStateException.class, () -> publish(store, 1));
    assertEquals(VersionState.BLOCKED, store.find(ref("acme/support@1")).state());
    store.setState(ref("acme/support@1"), VersionState.ACTIVE, ME);
    assertEquals(1, store.resolve(ref("acme/support")).number());
  }

  @Test
  void deletesForGoodButNotUnderAnAlias() throws IOException {
    publish(store, 1);
    store.promote(ref("acme/support@1"), "prod", Expected.anything(), ME);

    assertThrows(
        VersionStateException.class,
        () -> store.setState(ref("acme/support@1"), VersionState.DELETED, ME));
    store.removeAlias(SUPPORT, "prod", Expected.version(1), ME);
    store.setState(ref("acme/support@1"), VersionState.DELETED, ME);

    assertThrows(VersionStateException.class, () -> store.resolve(ref("acme/support@1")));
    assertThrows(
        VersionStateException.class,
        () -> store.setState(ref("acme/support@1"), VersionState.ACTIVE, ME));
    assertEquals(2, publish(store, 1).version().number());
    assertSound();
  }

  // Aliases

  @Test
  void rollsBackRepeatedlyThroughEarlierTargets() throws IOException {
    for (int seed = 1; seed <= 4; seed++) {
      publish(store, seed);
    }
    promote(1);
    promote(2);
    promote(3);

    assertEquals(2, rollback());
    promote(4);
    assertEquals(2, rollback());
    assertEquals(1, rollback());
    assertThrows(NotInStoreException.class, this::rollback);

    assertEquals(
        List.of(1, 2, 4, 2, 3, 2, 1),
        store.history(SUPPORT, "prod").stream().map(move -> move.version().orElseThrow()).toList());
    assertSound();
  }

  private void promote(int version) throws IOException {
    store.promote(SUPPORT.version(version), "prod", Expected.anything(), ME);
  }

  private int rollback() throws IOException {
    return store.rollback(SUPPORT, "prod", Expected.anything(), ME).after().orElseThrow().version();
  }

  @Test
  void skipsWhatIsNotServedWhenRollingBack() throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      publish(store, seed);
      promote(seed);
    }
    store.setState(ref("acme/support@2"), VersionState.BLOCKED, ME);

    AliasChange change = store.rollback(SUPPORT, "prod", Expected.version(3), ME);

    assertEquals(List.of(2), change.skipped());
    assertEquals(1, change.after().orElseThrow().version());
  }

  @Test
  void bringsBackARemovedAliasByRollingBack() throws IOException {
    publish(store, 1);
    promote(1);
    store.removeAlias(SUPPORT, "prod", Expected.anything(), ME);
    assertEquals(Optional.empty(), store.alias(SUPPORT, "prod"));

    assertEquals(1, rollback());

    assertEquals(
        List.of(AliasMove.Kind.ROLLBACK, AliasMove.Kind.REMOVE, AliasMove.Kind.PROMOTE),
        store.history(SUPPORT, "prod").stream().map(AliasMove::kind).toList());
  }

  @Test
  void movesAnAliasOnlyFromWhereItWasExpected() throws IOException {
    publish(store, 1);
    publish(store, 2);
    promote(1);
    Expected seen = Expected.unchanged(store.alias(SUPPORT, "prod"));
    promote(2);
    promote(1);

    var problem =
        assertThrows(
            AliasConflictException.class,
            () -> store.promote(ref("acme/support@2"), "prod", seen, ME));
    assertThrows(
        AliasConflictException.class,
        () -> store.promote(ref("acme/support@2"), "prod", Expected.absent(), ME));

    assertEquals(3, problem.found().orElseThrow().revision());
    store.promote(ref("acme/support@2"), "prod", Expected.version(1), ME);
    assertEquals(2, store.resolve(ref("acme/support")).number());
  }

  @Test
  void publishesNothingWhenItsAliasWasMovedMeanwhile() throws IOException {
    publish(store, 1);
    promote(1);
    PublishRequest request =
        PublishRequest.of(SUPPORT, adapter(2, 0.9)).alias("prod", Expected.absent());

    assertThrows(AliasConflictException.class, () -> store.publish(request, ME));

    assertEquals(1, store.versions(SUPPORT).size());
  }

  // The audit log

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

  // Looking around

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

  // Garbage and damage

  @Test
  void collectsOnlyWhatNothingRefersTo() throws IOException {
    publish(store, 1);
    Version second = publish(store, 2).version();
    Files.writeString(
        location.directory().resolve("blobs/sha256").resolve("12".repeat(32)), "orphan");
    store.setState(second.reference(), VersionState.DELETED, ME);
    sleepAMoment();

    CollectionReport young = store.collect(Duration.ofHours(1), ME);
    CollectionReport tried = store.collect(Duration.ZERO, ME.dry());
    CollectionReport done = store.collect(Duration.ZERO, ME);

    assertEquals(0, young.blobs());
    assertEquals(tried, done);
    assertTrue(done.blobs() >= 3, done.toString());
    store.load(ref("acme/support@1"));
    assertSound();
    assertEquals(3, publish(store, 2).version().number());
    store.load(ref("acme/support@3"));
  }

  /** Time stamps of files are coarser than clocks. */
  private static void sleepAMoment() {
    try {
      Thread.sleep(30);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void findsAndRepairsAChangedAndAMissingBlob() throws IOException {
    publish(store, 1);
    publish(store, 2);
    publish(store, 3);
    Path changed = blobOf(1);
    byte[] bytes = Files.readAllBytes(changed);
    bytes[bytes.length - 1] ^= 1;
    Files.write(changed, bytes);
    Files.delete(blobOf(2));

    CheckReport tried = store.check(ME.dry());
    CheckReport repaired = store.check(ME);

    assertFalse(tried.isSound());
    assertEquals(
        List.of(Finding.Kind.CHANGED_BLOB, Finding.Kind.MISSING_BLOB),
        tried.findings().stream().map(Finding::kind).sorted(this::byName).toList());
    assertTrue(repaired.isSound());
    assertThrows(VersionStateException.class, () -> store.load(ref("acme/support@1")));
    assertThrows(VersionStateException.class, () -> store.load(ref("acme/support@2")));
    store.load(ref("acme/support@3"));
  }

  private int byName(Finding.Kind one, Finding.Kind other) {
    return one.name().compareTo(other.name());
  }

  private Path blobOf(int version) throws IOException {
    String digest =
        store.details(SUPPORT.version(version)).files().stream()
            .filter(file -> file.name().equals(PeftFormat.TENSOR_FILE))
            .findFirst()
            .orElseThrow()
            .digest();
    return location.directory().resolve("blobs/sha256").resolve(digest.substring(7));
  }

  @Test
  void healsADamagedBlobByPublishingItAgain() throws IOException {
    publish(store, 1);
    Files.writeString(blobOf(1), "broken");

    publish(store, 1);

    store.load(ref("acme/support@1"));
    assertSound();
  }

  @Test
  void findsAndRepairsWrongTotalsAndAliases() throws Exception {
    publish(store, 1);
    publish(store, 2);
    promote(1);
    promote(2);
    sql(
        "UPDATE tenant SET used_bytes = 7",
        "UPDATE alias SET version = 1",
        "UPDATE version SET state = 'deleted' WHERE version = 2");

    CheckReport repaired = store.check(ME);
    CheckReport again = store.check(ME);

    assertEquals(
        List.of(Finding.Kind.WRONG_TOTALS, Finding.Kind.ALIAS_OFF_HISTORY),
        repaired.findings().stream().map(Finding::kind).filter(Finding.Kind::isError).toList());
    assertEquals(
        List.of(Finding.Kind.ALIAS_TO_DELETED),
        again.findings().stream().map(Finding::kind).filter(Finding.Kind::isError).toList());
    assertEquals(Optional.empty(), store.alias(SUPPORT, "prod"));
    assertEquals(1, rollback());
    assertSound();
  }

  // Formats

  @Test
  void refusesAnIndexOfANewerFormat() throws Exception {
    sql(
        "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
            + " checksum, installed_by, execution_time, success)"
            + " VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 0, 'x', 0, '1')");

    var problem =
        assertThrows(StoreFormatException.class, () -> AdapterStore.open(location).close());
    assertThrows(StoreFormatException.class, () -> AdapterStore.migrate(location));

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
