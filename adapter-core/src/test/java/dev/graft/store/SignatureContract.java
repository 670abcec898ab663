package dev.graft.store;

import static dev.graft.store.StoreSamples.BASE;
import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.TOKENIZER;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.files.Digests;
import dev.graft.signing.SigningKey;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What signatures do, whatever database the index is in. */
abstract class SignatureContract extends TrustContract {
  private void publish(int seed, SigningKey... keys) throws IOException {
    PublishRequest request = PublishRequest.of(SUPPORT, adapter(seed, 0.9));
    for (SigningKey key : keys) {
      request.sign(key);
    }
    store.publish(request, ME);
  }

  private static List<SignatureReport.Verdict> verdicts(SignatureReport report) {
    return report.signatures().stream().map(SignatureReport.Entry::verdict).toList();
  }

  private List<String> actions() throws IOException {
    return store.audit(Optional.of("acme"), 100).stream().map(AuditLine::action).toList();
  }

  @Test
  void signsAndVerifiesAVersion() throws IOException {
    publish(1);
    trust(RELEASE);

    SigningResult result = store.signing().sign(ref("acme/support@1"), RELEASE, ME.note("week 1"));
    SignatureReport signed = result.report();

    assertTrue(result.isNew());
    assertTrue(signed.isTrusted());
    assertEquals(signed, store.signing().verify(ref("acme/support@1")));
    assertEquals(signed, store.signing().of(ref("acme/support@1")));
    assertEquals(RELEASE.id(), signed.signatures().get(0).keyId());
    assertEquals(List.of("sign", "trust-key"), actions().subList(0, 2));
    assertSound();
  }

  @Test
  void writesNothingWhereTheKeyHasSignedAlready() throws IOException {
    publish(1, RELEASE);
    int lines = actions().size();

    assertFalse(store.signing().sign(ref("acme/support@1"), RELEASE, ME).isNew());
    PublishRequest again = PublishRequest.of(SUPPORT, adapter(1, 0.9));
    assertEquals(Optional.empty(), store.publish(again, ME).signedBy());
    assertEquals(Optional.of(RELEASE.id()), store.publish(again.sign(RELEASE), ME).signedBy());

    assertEquals(lines, actions().size());
  }

  @Test
  void triesToSignWithoutSigning() throws IOException {
    publish(1);

    store.signing().sign(ref("acme/support@1"), RELEASE, ME.dry());

    assertEquals(List.of(), store.signing().of(ref("acme/support@1")).signatures());
  }

  /** The statement is one that other tools read, and lists every file of a pulled folder. */
  @Test
  void signsAnInTotoStatement() throws Exception {
    publish(1, RELEASE);
    Path pulled = folder.resolve("pulled");
    store.pull(ref("acme/support@1"), pulled, false);
    VersionDetails details = store.details(ref("acme/support@1"));

    JsonNode statement =
        new ObjectMapper().readTree(SignedStatement.of(details.version(), details.files()));

    assertEquals("https://in-toto.io/Statement/v1", statement.path("_type").asText());
    assertEquals("acme/support", statement.path("predicate").path("adapter").asText());
    assertEquals(4, statement.path("subject").size());
    for (JsonNode subject : statement.path("subject")) {
      String digest = "sha256:" + subject.path("digest").path("sha256").asText();
      String name = subject.path("name").asText();
      if (name.equals(Manifest.FILE)) {
        assertEquals(details.version().manifest(), digest);
      } else {
        assertEquals(Digests.ofBytes(Files.readAllBytes(pulled.resolve(name))), digest, name);
      }
    }
  }

  @Test
  void doesNotTrustAKeyThatItsTenantDoesNot() throws IOException {
    publish(1, STRANGER);
    trust(RELEASE);

    SignatureReport report = store.signing().verify(ref("acme/support@1"));

    assertEquals(List.of(SignatureReport.Verdict.UNKNOWN_KEY), verdicts(report));
    assertFalse(report.isTrusted());
    assertTrue(
        store
            .signing()
            .verify(ref("acme/support@1"), List.of(STRANGER.verifyingKey()))
            .isTrusted());
  }

  @Test
  void servesNothingUnsignedWhereSignaturesAreRequired() throws IOException {
    trust(RELEASE);
    requireSignatures();
    publish(1);
    publish(2, STRANGER);
    publish(3, RELEASE);

    var problem =
        assertThrows(UntrustedVersionException.class, () -> store.load(ref("acme/support@1")));
    assertTrue(problem.toString().contains("no signature"), problem.toString());
    problem =
        assertThrows(
            UntrustedVersionException.class,
            () -> store.pull(ref("acme/support@2"), folder.resolve("out"), false));
    assertTrue(
        problem.toString().contains("by key %s, which is not trusted".formatted(STRANGER.id())));
    assertFalse(Files.exists(folder.resolve("out")));
    assertEquals(adapter(3, 0.9), store.load(ref("acme/support@3")).adapter());
    assertEquals(adapter(1, 0.9), store.inspect(ref("acme/support@1")).adapter());
    store.diff(ref("acme/support@1"), ref("acme/support@3"));
  }

  /** Whoever can write to the index can have it trust any key; who pulls gives the keys. */
  @Test
  void pullsWhatAGivenKeyHasSignedWhateverTheIndexTrusts() throws IOException {
    publish(1, RELEASE);
    publish(2, STRANGER);
    publish(3);
    trust(STRANGER);
    Path out = folder.resolve("out");
    List<VerifyingKey> keys = List.of(SigningKey.create().verifyingKey(), RELEASE.verifyingKey());

    for (int refused : List.of(2, 3)) {
      var problem =
          assertThrows(
              UntrustedVersionException.class,
              () -> store.signing().pull(SUPPORT.version(refused), out, false, keys));
      assertTrue(problem.toString().contains("nothing was written"), problem.toString());
    }
    try (var left = Files.list(folder)) {
      assertEquals(List.of(), left.filter(path -> path.toString().contains("out")).toList());
    }
    store.signing().pull(SUPPORT.version(1), out, false, keys);
    assertTrue(Files.isRegularFile(out.resolve("adapter_model.safetensors")));
    Path again = folder.resolve("again");
    requireSignatures();
    assertThrows(
        UntrustedVersionException.class,
        () -> store.signing().pull(SUPPORT.version(1), again, false, keys));
    assertFalse(Files.exists(again));
    assertThrows(
        IllegalArgumentException.class,
        () -> store.signing().pull(SUPPORT.version(2), again, false, List.of()));
  }

  @Test
  void pointsNoAliasToWhatItDoesNotTrust() throws IOException {
    trust(RELEASE);
    publish(1);
    publish(2, RELEASE);
    promote(1);
    promote(2);
    var inUse =
        assertThrows(
            UntrustedVersionException.class,
            () -> {
              promote(1);
              requireSignatures();
            });
    assertTrue(inUse.toString().contains("acme/support:prod (@1)"), inUse.toString());
    promote(2);
    requireSignatures();

    assertThrows(UntrustedVersionException.class, () -> promote(1));
    PublishRequest unsigned = PublishRequest.of(SUPPORT, adapter(3, 0.9)).alias("prod");
    assertThrows(UntrustedVersionException.class, () -> store.publish(unsigned, ME));

    assertEquals(2, store.versions(SUPPORT).size());
    assertEquals(2, store.resolve(ref("acme/support")).number());
    assertEquals(3, store.publish(unsigned.sign(RELEASE), ME).version().number());
    assertSound();
  }

  @Test
  void rollsBackPastVersionsThatAreNotSigned() throws IOException {
    trust(RELEASE);
    publish(1, RELEASE);
    publish(2);
    publish(3, RELEASE);
    promote(1);
    promote(2);
    promote(3);
    requireSignatures();

    AliasChange back = store.rollback(SUPPORT, "prod", Expected.anything(), ME);

    assertEquals(1, back.after().orElseThrow().version());
    assertEquals(List.of(2), back.skipped());
  }

  @Test
  void warnsOfWhatIsNotSigned() throws IOException {
    publish(1);
    store.signing().setPolicy("acme", SignaturePolicy.WARN, false, ME);

    List<String> warnings = store.load(ref("acme/support@1")).warnings();

    assertEquals(1, warnings.stream().filter(line -> line.contains("is not signed")).count());
    assertEquals(
        warnings, store.pull(ref("acme/support@1"), folder.resolve("out"), false).warnings());
  }

  @Test
  void stopsTrustingAKeyOnlyWhenToldTwiceWhereItIsInUse() throws IOException {
    trust(RELEASE);
    publish(1, RELEASE);
    promote(1);
    requireSignatures();

    assertThrows(
        UntrustedVersionException.class,
        () -> store.signing().distrust("acme", RELEASE.id(), false, ME));
    assertEquals(1, store.signing().trustedKeys("acme").size());
    store.load(ref("acme/support"));

    store.signing().distrust("acme", RELEASE.id(), true, ME);

    assertThrows(UntrustedVersionException.class, () -> store.load(ref("acme/support")));
    assertEquals(
        List.of(Finding.Kind.REFUSED_ALIAS),
        store.check(ME.dry()).findings().stream().map(Finding::kind).toList());
    assertThrows(
        NotInStoreException.class, () -> store.signing().distrust("acme", RELEASE.id(), false, ME));
  }

  /** One team signs for several customers; what it signed for one is not another's. */
  @Test
  void takesNoSignatureOfAnotherAdapter() throws Exception {
    publish(1, RELEASE);
    store.createTenant("globex", Quota.NONE, ME);
    store.publish(
        PublishRequest.of(AdapterName.parse("globex/support"), adapter(1, 0.9)).alias("prod"), ME);
    store.signing().trust("globex", RELEASE.verifyingKey(), ME);

    sql(
        "INSERT INTO signature SELECT 'globex', name, version, key_id, envelope, author, signed_at"
            + " FROM signature");

    SignatureReport report = store.signing().verify(ref("globex/support@1"));
    assertEquals(List.of(SignatureReport.Verdict.INVALID), verdicts(report));
    assertEquals(
        List.of(Finding.Kind.BAD_SIGNATURE),
        store.check(ME.dry()).findings().stream().map(Finding::kind).toList());
  }

  @Test
  void noticesWhatIsChangedInTheIndexAfterSigning() throws Exception {
    trust(RELEASE);
    publish(1, RELEASE);
    VersionFile file = store.details(ref("acme/support@1")).files().get(0);

    String other = "'sha256:" + "0".repeat(64) + "'";
    assertInvalidAfter("UPDATE version SET base_digest = " + other);
    assertInvalidAfter(
        "UPDATE version_file SET content_digest = "
            + other
            + " WHERE file = '"
            + file.name()
            + "'");
    assertInvalidAfter("UPDATE signature SET envelope = '{}'");
  }

  /** The signature is over the content, so the blob must be what holds it. */
  @Test
  void handsOutNoOtherBlobForASignedFile() throws Exception {
    trust(RELEASE);
    publish(1, RELEASE);
    publish(2);
    for (VersionFile file : store.details(ref("acme/support@2")).files()) {
      VersionFile before =
          store.details(ref("acme/support@1")).files().stream()
              .filter(other -> other.name().equals(file.name()))
              .findFirst()
              .orElseThrow();
      if (before.equals(file)) {
        continue;
      }
      point(file.name(), file);

      assertThrows(DamagedStoreException.class, () -> store.load(ref("acme/support@1")));
      assertThrows(
          DamagedStoreException.class,
          () -> store.pull(ref("acme/support@1"), folder.resolve("out"), false));
      assertThrows(
          DamagedStoreException.class,
          () -> store.signing().verify(ref("acme/support@1"), List.of(RELEASE.verifyingKey())));
      assertFalse(store.check(ME.dry()).isSound(), file.name());
      point(file.name(), before);
    }
    assertSound();
  }

  private void point(String name, VersionFile to) throws SQLException {
    sql(
        "UPDATE version_file SET digest = '%s', size_bytes = %d WHERE version = 1 AND file = '%s'"
            .formatted(to.blob(), to.blobBytes(), name));
  }

  private void assertInvalidAfter(String statement) throws SQLException, IOException {
    assertEquals(
        List.of(SignatureReport.Verdict.TRUSTED),
        verdicts(store.signing().of(ref("acme/support@1"))));
    sql("CREATE TABLE kept_version AS SELECT * FROM version");
    sql("CREATE TABLE kept_file AS SELECT * FROM version_file");
    sql("CREATE TABLE kept_signature AS SELECT * FROM signature");
    sql(statement);
    assertEquals(
        List.of(SignatureReport.Verdict.INVALID),
        verdicts(store.signing().of(ref("acme/support@1"))),
        statement);
    sql(
        "UPDATE version SET base_digest = (SELECT base_digest FROM kept_version)",
        "UPDATE version_file SET content_digest = (SELECT k.content_digest FROM kept_file k"
            + " WHERE k.file = version_file.file)",
        "UPDATE signature SET envelope = (SELECT envelope FROM kept_signature)",
        "DROP TABLE kept_version",
        "DROP TABLE kept_file",
        "DROP TABLE kept_signature");
  }

  @Test
  void refusesATrustedKeyThatWasExchanged() throws Exception {
    trust(RELEASE);
    publish(1, RELEASE);
    requireSignatures();
    byte[] pem = STRANGER.verifyingKey().pem().getBytes(StandardCharsets.US_ASCII);

    sql("UPDATE trusted_key SET public_key = '" + new String(pem, StandardCharsets.US_ASCII) + "'");

    assertThrows(UntrustedVersionException.class, () -> store.load(ref("acme/support@1")));
    assertTrue(
        store.check(ME.dry()).findings().stream()
            .anyMatch(finding -> finding.kind() == Finding.Kind.BAD_SIGNATURE));
  }

  /** Publishing what computes the same, in other files. */
  private void publishAgain(int seed, SigningKey... keys) throws IOException {
    Adapter same =
        adapter(seed, GraftRecord.builder().baseDigest(BASE).tokenizerDigest(TOKENIZER).build());
    assertEquals(adapter(seed, 0.9).digest(), same.digest());
    PublishRequest request = PublishRequest.of(SUPPORT, same);
    for (SigningKey key : keys) {
      request.sign(key);
    }
    assertTrue(store.publish(request, ME).isNew());
  }

  @Test
  void findsASignedVersionByItsDigestThoughItWasPublishedAgainUnsigned() throws IOException {
    trust(RELEASE);
    publish(1, RELEASE);
    publishAgain(1, STRANGER);
    AdapterReference digest = ref("acme/support@" + adapter(1, 0.9).digest());

    assertEquals(2, store.resolve(digest).number());
    for (SignaturePolicy policy : List.of(SignaturePolicy.WARN, SignaturePolicy.REQUIRE)) {
      store.signing().setPolicy("acme", policy, false, ME);
      assertEquals(1, store.resolve(digest).number());
      assertEquals(1, store.details(digest).version().number());
      assertEquals(List.of(), store.load(digest).warnings());
    }
    store.setState(SUPPORT.version(1), VersionState.DEPRECATED, ME);
    assertEquals(1, store.resolve(digest).number());
    store.setState(SUPPORT.version(1), VersionState.BLOCKED, ME);
    assertThrows(UntrustedVersionException.class, () -> store.load(digest));
    assertEquals(2, store.find(digest).number());
    store.setState(SUPPORT.version(1), VersionState.ACTIVE, ME);
    store.signing().sign(SUPPORT.version(2), RELEASE, ME);
    assertEquals(2, store.resolve(digest).number());
    store.setState(SUPPORT.version(2), VersionState.DEPRECATED, ME);
    assertEquals(1, store.resolve(digest).number());
  }

  @Test
  void signsBlockedVersionsAndNoDeletedOnes() throws IOException {
    publish(1);
    publish(2);
    store.setState(ref("acme/support@1"), VersionState.BLOCKED, ME);
    store.setState(ref("acme/support@2"), VersionState.DELETED, ME);

    store.signing().sign(ref("acme/support@1"), RELEASE, ME);

    assertThrows(
        VersionStateException.class,
        () -> store.signing().sign(ref("acme/support@2"), RELEASE, ME));
    store.setState(ref("acme/support@1"), VersionState.DELETED, ME);
    assertEquals(List.of(), store.signing().of(ref("acme/support@1")).signatures());
    assertSound();
  }

  @Test
  void keepsNothingOfSignaturesAfterErasing() throws Exception {
    trust(RELEASE);
    publish(1, RELEASE);

    store.eraseTenant("acme", ME);

    assertEquals(List.of(), store.signing().trustedKeys("acme"));
    assertThrows(
        VersionStateException.class,
        () -> store.signing().trust("acme", RELEASE.verifyingKey(), ME));
    assertSound();
  }
}
