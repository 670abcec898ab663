package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.Digests;
import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What moving tenants between registries does, whatever database the index is in. */
abstract class ArchiveContract extends StoreFixture {
  private static final AdapterName MERGED = AdapterName.parse("acme/merged");
  private static final AdapterName MOVED = AdapterName.parse("umbrella/support");
  static final ImportOptions AS_UMBRELLA = ImportOptions.DEFAULTS.as("umbrella");

  final Path archive() {
    return folder.resolve("acme.tar");
  }

  final ExportReport export() throws IOException {
    return store.exportTenant("acme", archive(), ExportOptions.DEFAULTS, ME.note("moving"));
  }

  final ImportReport importAs(ImportOptions options) throws IOException {
    return store.importTenant(archive(), options, Change.by("mover"));
  }

  /** Three versions, one of them deleted, and one merged with another tenant's. */
  private void furnish() throws IOException {
    store.createTenant("initech", Quota.NONE, ME);
    store.publish(
        PublishRequest.of(AdapterName.parse("initech/secret-recipe"), adapter(9, 0.5)), ME);
    Change ann = Change.by("ann").note("week 12");
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.8)).tag("golden").tag("old"), ann);
    store.promote(SUPPORT.version(1), "prod", Expected.anything(), Change.by("bob"));
    publish(store, 2);
    store.promote(SUPPORT.version(2), "prod", Expected.anything(), ME);
    publish(store, 3);
    store.promote(SUPPORT.version(3), "prod", Expected.anything(), ME.note("at last"));
    store.promote(SUPPORT.version(1), "candidate", Expected.anything(), ME);
    store.removeAlias(SUPPORT, "candidate", Expected.anything(), ME);
    store.setState(ref("acme/support@2"), VersionState.DELETED, ME);
    store.setState(ref("acme/support@1"), VersionState.DEPRECATED, ME);
    store.publish(
        PublishRequest.of(MERGED, adapter(4, 0.9))
            .parent(ParentLink.merged(ref("acme/support@3"), 0.75))
            .parent(ParentLink.merged(ref("acme/support@2"), 0.25))
            .parent(ParentLink.retrained(ref("initech/secret-recipe@1"))),
        ME);
    store.setState(ref("acme/merged@1"), VersionState.BLOCKED, ME);
  }

  private static void assertSame(Version before, Version after) {
    assertEquals(before.number(), after.number());
    assertEquals(before.state(), after.state());
    assertEquals(before.digest(), after.digest());
    assertEquals(before.manifest(), after.manifest());
    assertEquals(before.baseDigest(), after.baseDigest());
    assertEquals(before.tokenizerDigest(), after.tokenizerDigest());
    assertEquals(before.type() + before.rank(), after.type() + after.rank());
    assertEquals(before.sizeBytes(), after.sizeBytes());
    assertEquals(before.metrics(), after.metrics());
    assertEquals(before.author(), after.author());
    assertEquals(before.time(), after.time());
    assertEquals(before.note(), after.note());
  }

  @Test
  void importsWhatWasExported() throws IOException {
    furnish();

    ExportReport exported = export();
    ImportReport imported = importAs(AS_UMBRELLA);

    assertEquals(3, exported.versions());
    assertEquals(2, exported.parentsLeftOut());
    assertEquals(Digests.ofFile(archive()), exported.digest());
    assertEquals(Files.size(archive()), exported.sizeBytes());
    assertEquals(exported.digest(), imported.archive());
    assertEquals("acme", imported.exportedTenant());
    assertEquals(2, imported.parentsLeftOut());
    assertEquals(List.of(1, 3), store.versions(MOVED).stream().map(Version::number).toList());
    assertSame(store.find(ref("acme/support@1")), store.find(ref("umbrella/support@1")));
    assertSame(store.find(ref("acme/support@3")), store.find(ref("umbrella/support@3")));
    assertSame(store.find(ref("acme/merged@1")), store.find(ref("umbrella/merged@1")));
    assertEquals(adapter(3, 0.9), store.load(ref("umbrella/support")).adapter());
    assertEquals(List.of("golden", "old"), store.details(ref("umbrella/support@1")).tags());
    var parents = store.details(ref("umbrella/merged@1")).parents();
    assertEquals(
        List.of(ref("umbrella/support@3")), parents.stream().map(p -> p.reference()).toList());
    assertEquals(0.75, parents.get(0).weight().orElseThrow());
    assertEquals(store.tenant("acme").usedBytes(), store.tenant("umbrella").usedBytes());
    assertSound();
    assertEquals(List.of(), store.verifyAudit());
  }

  @Test
  void keepsTheHistoryOfAliasesSoThatARollbackWorks() throws IOException {
    furnish();
    export();

    importAs(AS_UMBRELLA);

    List<AliasMove> before = store.history(SUPPORT, "prod");
    List<AliasMove> after = store.history(MOVED, "prod");
    assertEquals(before.size(), after.size());
    for (int i = 0; i < after.size(); i++) {
      assertEquals(before.get(i).version(), after.get(i).version());
      assertEquals(before.get(i).undo(), after.get(i).undo());
      assertEquals(before.get(i).author(), after.get(i).author());
      assertEquals(before.get(i).time(), after.get(i).time());
      assertEquals(before.get(i).note(), after.get(i).note());
    }
    assertEquals(Optional.empty(), store.alias(MOVED, "candidate"));
    AliasChange back = store.rollback(MOVED, "prod", Expected.anything(), ME);
    assertEquals(1, back.after().orElseThrow().version());
    assertEquals(List.of(2), back.skipped());
    store.rollback(MOVED, "candidate", Expected.anything(), ME);
    assertEquals(1, store.alias(MOVED, "candidate").orElseThrow().version());
    assertEquals(OptionalInt.of(1), store.history(MOVED, "candidate").get(0).version());
    assertSound();
  }

  @Test
  void goesOnWithTheNumberAfterTheLast() throws IOException {
    publish(store, 1);
    publish(store, 2);
    store.setState(ref("acme/support@2"), VersionState.DELETED, ME);
    export();

    importAs(AS_UMBRELLA);

    assertEquals(1, store.adapters("umbrella").get(0).newest().number());
    assertEquals(
        3, store.publish(PublishRequest.of(MOVED, adapter(5, 0.9)), ME).version().number());
  }

  @Test
  void namesNoOtherTenantInAnArchive() throws IOException {
    furnish();

    export();

    String text = Files.readString(archive(), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("acme"));
    assertFalse(text.contains("initech"));
    assertFalse(text.contains("secret-recipe"));
  }

  @Test
  void exportsTheSameBytesForTheSameState() throws IOException {
    furnish();
    Clock still = Clock.fixed(Instant.parse("2026-11-25T15:02:11.123Z"), ZoneOffset.UTC);
    Path again = folder.resolve("again.tar");
    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().clock(still))) {
      open.exportTenant("acme", archive(), ExportOptions.DEFAULTS, ME);
      open.exportTenant("acme", again, ExportOptions.DEFAULTS, ME);
    }

    assertArrayEquals(Files.readAllBytes(archive()), Files.readAllBytes(again));
  }

  @Test
  void writesAFileOfItsOwnerAloneAndReplacesNoneUnasked() throws IOException {
    publish(store, 1);
    ExportReport first = export();

    assertThrows(FileAlreadyExistsException.class, this::export);
    assertEquals(first.digest(), Digests.ofFile(archive()));
    ExportReport second =
        store.exportTenant("acme", archive(), ExportOptions.DEFAULTS.replacing(), ME);
    assertEquals(second.digest(), Digests.ofFile(archive()));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(archive())));
    assertThrows(
        IOException.class, () -> store.exportTenant("acme", folder, ExportOptions.DEFAULTS, ME));
  }

  @Test
  void recordsExportsAndImports() throws IOException {
    publish(store, 1);
    String digest = export().digest();
    AuditLine exported = store.audit(Optional.of("acme"), 1).get(0);
    assertEquals("export-tenant", exported.action());
    assertEquals("moving", exported.note());
    assertTrue(exported.detail().contains(digest), exported.detail());

    importAs(AS_UMBRELLA);

    List<AuditLine> lines = store.audit(Optional.of("umbrella"), 10);
    assertEquals(
        List.of("publish", "import-tenant", "create-tenant"),
        lines.stream().map(AuditLine::action).toList());
    assertEquals("mover", lines.get(1).author());
    assertTrue(lines.get(1).detail().contains(digest), lines.get(1).detail());
  }

  @Test
  void neitherExportsNorImportsInADryRun() throws IOException {
    publish(store, 1);
    int lines = store.audit(Optional.empty(), 100).size();

    ExportReport tried = store.exportTenant("acme", archive(), ExportOptions.DEFAULTS, ME.dry());

    assertFalse(Files.exists(archive()));
    assertEquals(1, tried.versions());
    assertEquals(lines, store.audit(Optional.empty(), 100).size());
    export();
    ImportReport report = store.importTenant(archive(), AS_UMBRELLA, ME.dry());
    assertEquals("umbrella", report.tenant().name());
    assertEquals(1, report.tenant().usedVersions());
    assertEquals(List.of("acme"), store.tenants().stream().map(t -> t.name()).toList());
    assertEquals(lines + 1, store.audit(Optional.empty(), 100).size());
  }

  @Test
  void storesTheBlobsOfAnArchiveAgain() throws IOException {
    publish(store, 1);
    export();
    store.eraseTenant("acme", ME);
    assertEquals(TenantState.ERASED, store.tenant("acme").state());
    var taken = assertThrows(VersionStateException.class, () -> importAs(ImportOptions.DEFAULTS));
    assertTrue(taken.toString().contains("erased"), taken.toString());

    importAs(AS_UMBRELLA);
    store.collect(Duration.ZERO, ME);

    assertEquals(adapter(1, 0.9), store.load(ref("umbrella/support@1")).adapter());
    assertSound();
  }

  @Test
  void importsOnlyIntoATenantThatHasNothing() throws IOException {
    publish(store, 1);
    export();
    var taken = assertThrows(VersionStateException.class, () -> importAs(ImportOptions.DEFAULTS));
    assertTrue(taken.toString().contains("--as OTHER"), taken.toString());
    store.createTenant("umbrella", Quota.of(1_000_000, 7), ME);
    assertThrows(VersionStateException.class, () -> importAs(AS_UMBRELLA.encrypted()));
    assertThrows(VersionStateException.class, () -> importAs(AS_UMBRELLA.quota(q -> Quota.NONE)));

    importAs(AS_UMBRELLA);

    assertEquals(Quota.of(1_000_000, 7), store.tenant("umbrella").quota());
    assertEquals(1, store.tenant("umbrella").usedVersions());
    assertThrows(VersionStateException.class, () -> importAs(AS_UMBRELLA));
    assertEquals(1, store.versions(MOVED).size());
    assertSound();
  }

  @Test
  void keepsTheLimitsOrTakesOthersAndRefusesWhatIsOverThem() throws IOException {
    store.setQuota("acme", Quota.of(1 << 20, 2), ME);
    publish(store, 1);
    publish(store, 2);
    export();

    importAs(AS_UMBRELLA);
    importAs(ImportOptions.DEFAULTS.as("second").quota(quota -> Quota.NONE));
    var over =
        assertThrows(
            QuotaExceededException.class,
            () -> importAs(ImportOptions.DEFAULTS.as("third").quota(q -> Quota.of(1 << 20, 1))));

    assertEquals(Quota.of(1 << 20, 2), store.tenant("umbrella").quota());
    assertEquals(Quota.NONE, store.tenant("second").quota());
    assertTrue(over.toString().contains("2 versions"), over.toString());
    assertThrows(
        QuotaExceededException.class,
        () -> importAs(ImportOptions.DEFAULTS.as("third").quota(q -> Quota.of(10, 9))));
    assertEquals(3, store.tenants().size());
  }

  @Test
  void exportsATenantWithoutAdapters() throws IOException {
    export();

    ImportReport report = importAs(AS_UMBRELLA);

    assertEquals(0, report.adapters());
    assertEquals(List.of(), store.adapters("umbrella"));
  }

  @Test
  void decryptsAndEncryptsOnlyWhenAskedTo() throws IOException {
    KeyDirectory keys = KeyDirectory.create(folder.resolve("keys"), Optional.empty());
    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().keys(keys))) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      open.publish(
          PublishRequest.of(AdapterName.parse("globex/support"), adapter(3, 0.9)).alias("prod"),
          ME);
      var asked =
          assertThrows(
              VersionStateException.class,
              () -> open.exportTenant("globex", archive(), ExportOptions.DEFAULTS, ME));
      assertTrue(asked.toString().contains("--decrypt"), asked.toString());
      ExportOptions decrypting = ExportOptions.DEFAULTS.decrypting();
      assertThrows(
          KeyUnavailableException.class,
          () -> store.exportTenant("globex", archive(), decrypting, ME));
      assertFalse(Files.exists(archive()));

      ExportReport exported = open.exportTenant("globex", archive(), decrypting, ME);

      assertTrue(exported.warnings().toString().contains("in the clear"));
      assertThrows(
          KeyUnavailableException.class,
          () -> importAs(ImportOptions.DEFAULTS.as("x").encrypted()));
      ImportReport sealed =
          open.importTenant(archive(), ImportOptions.DEFAULTS.as("sealed").encrypted(), ME);
      assertEquals(List.of(sealed.tenant().keyId()), keys.list("sealed"));
      assertEquals(adapter(3, 0.9), open.load(ref("sealed/support")).adapter());
      assertTrue(
          open.details(ref("sealed/support")).files().stream().allMatch(VersionFile::isEncrypted));
      ImportReport plain = importAs(ImportOptions.DEFAULTS.as("plain"));
      assertTrue(plain.warnings().toString().contains("was encrypted"));
      assertEquals(adapter(3, 0.9), store.load(ref("plain/support")).adapter());
      open.createEncryptedTenant("ready", Quota.NONE, ME);
      open.importTenant(archive(), ImportOptions.DEFAULTS.as("ready"), ME);
      assertEquals(adapter(3, 0.9), open.load(ref("ready/support")).adapter());
      assertTrue(open.check(ME.dry()).isSound());
    }
  }

  @Test
  void leavesNeitherBlobsNorAKeyOfWhatItRefuses() throws IOException {
    publish(store, 1);
    export();
    store.eraseTenant("acme", ME);
    long blobs = countBlobs();
    KeyDirectory keys = KeyDirectory.create(folder.resolve("keys"), Optional.empty());
    ImportOptions options = AS_UMBRELLA.encrypted().quota(q -> Quota.of(1, 1));

    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().keys(keys))) {
      assertThrows(QuotaExceededException.class, () -> open.importTenant(archive(), options, ME));
    }

    assertEquals(blobs, countBlobs());
    assertEquals(List.of(), keys.list("umbrella"));
  }
}
