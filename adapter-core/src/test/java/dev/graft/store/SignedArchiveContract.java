package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.publish;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.signing.SigningKey;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Quota;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.UntrustedVersionException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What signatures do in archives of tenants, whatever database the index is in. */
abstract class SignedArchiveContract extends ArchiveContract {
  /** Another registry, and what is done there. */
  private interface There {
    void run(AdapterStore there) throws IOException;
  }

  private void elsewhere(There there) throws IOException {
    try (AdapterStore open =
        AdapterStore.create(StoreLocation.directory(folder.resolve("elsewhere")))) {
      there.run(open);
      CheckReport report = open.check(ME.dry());
      assertEquals(List.of(), report.findings());
    }
  }

  @Test
  void carriesSignaturesAndNoTrust() throws IOException {
    SigningKey key = SigningKey.create();
    store.signing().trust("acme", key.verifyingKey(), ME);
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.8)).sign(key).alias("prod"), ME);
    store.signing().setPolicy("acme", SignaturePolicy.REQUIRE, false, ME);
    SignatureReport.Entry before = store.signing().of(ref("acme/support@1")).signatures().get(0);

    ExportReport exported = export();

    assertEquals(1, exported.signatures());
    assertTrue(exported.warnings().toString().contains("rule \"require\""), exported::toString);
    elsewhere(
        there -> {
          ImportReport imported =
              there.importTenant(archive(), ImportOptions.DEFAULTS, Change.by("mover"));

          assertEquals(1, imported.signatures());
          assertEquals(0, imported.signaturesLeftOut());
          assertEquals(List.of(), imported.warnings());
          assertEquals(SignaturePolicy.OFF, there.tenant("acme").signatures());
          assertEquals(List.of(), there.signing().trustedKeys("acme"));
          SignatureReport.Entry after =
              there.signing().of(ref("acme/support@1")).signatures().get(0);
          assertEquals(SignatureReport.Verdict.UNKNOWN_KEY, after.verdict());
          assertEquals(before.author() + before.time(), after.author() + after.time());
          assertTrue(
              there
                  .signing()
                  .verify(ref("acme/support@1"), List.of(key.verifyingKey()))
                  .isTrusted());
          there.signing().trust("acme", key.verifyingKey(), ME);
          there.signing().setPolicy("acme", SignaturePolicy.REQUIRE, false, ME);
          assertEquals(adapter(1, 0.8), there.load(ref("acme/support")).adapter());
          AuditLine signed =
              there.audit(Optional.of("acme"), 100).stream()
                  .filter(line -> line.action().equals("sign"))
                  .findFirst()
                  .orElseThrow();
          assertEquals("mover", signed.author());
          assertTrue(signed.detail().contains(key.id()), signed.detail());
          assertTrue(signed.detail().contains("\"signedBy\":\"tester\""), signed.detail());
        });
  }

  /** What was signed for one name is not another's. */
  @Test
  void leavesSignaturesOutWhereTheTenantGetsAnotherName() throws IOException {
    publish(store, 1);
    SigningKey key = SigningKey.create();
    store.signing().sign(SUPPORT.version(1), key, ME);
    store.signing().sign(SUPPORT.version(1), SigningKey.create(), ME);
    export();

    ImportReport imported = importAs(AS_UMBRELLA);

    assertEquals(0, imported.signatures());
    assertEquals(2, imported.signaturesLeftOut());
    String warnings = imported.warnings().toString();
    assertTrue(warnings.contains("the signatures of its versions (2)"), warnings);
    assertTrue(warnings.contains("sign the versions again"), warnings);
    assertEquals(List.of(), store.signing().of(ref("umbrella/support@1")).signatures());
    assertSound();
  }

  @Test
  void exportsNoSignatureThatIsNone() throws Exception {
    publish(store, 1);
    publish(store, 2);
    SigningKey key = SigningKey.create();
    store.signing().sign(SUPPORT.version(1), key, ME);
    store.signing().sign(SUPPORT.version(2), key, ME);
    sql("UPDATE signature SET envelope = '{}' WHERE version = 1");

    ExportReport exported = export();

    assertEquals(1, exported.signatures());
    assertTrue(
        exported.warnings().toString().contains("left out: signatures (1)"), exported::toString);
    elsewhere(
        there -> {
          there.importTenant(archive(), ImportOptions.DEFAULTS, ME);
          assertEquals(List.of(), there.signing().of(ref("acme/support@1")).signatures());
          assertEquals(1, there.signing().of(ref("acme/support@2")).signatures().size());
        });
  }

  @Test
  void pointsNoAliasToWhatATenantRefuses() throws IOException {
    publish(store, 1);
    publish(store, 2);
    promote(2);
    export();
    store.createTenant("umbrella", Quota.NONE, ME);
    store.signing().setPolicy("umbrella", SignaturePolicy.REQUIRE, false, ME);

    var refused = assertThrows(UntrustedVersionException.class, () -> importAs(AS_UMBRELLA));

    assertTrue(refused.toString().contains("umbrella/support:prod (@2)"), refused.toString());
    assertEquals(List.of(), store.adapters("umbrella"));
    store.signing().setPolicy("umbrella", SignaturePolicy.WARN, false, ME);
    ImportReport imported = importAs(AS_UMBRELLA);
    String warnings = imported.warnings().toString();
    assertTrue(warnings.contains("umbrella/support:prod (@2)"), warnings);
    assertSound();
  }

  @Test
  void pointsAliasesToWhatAKeyThatTheTenantTrustsHasSigned() throws IOException {
    SigningKey key = SigningKey.create();
    publish(store, 1);
    store.publish(PublishRequest.of(SUPPORT, adapter(2, 0.8)).sign(key).alias("prod"), ME);
    export();
    elsewhere(
        there -> {
          there.createTenant("acme", Quota.NONE, ME);
          there.signing().setPolicy("acme", SignaturePolicy.REQUIRE, false, ME);
          assertThrows(
              UntrustedVersionException.class,
              () -> there.importTenant(archive(), ImportOptions.DEFAULTS, ME));
          there.signing().trust("acme", key.verifyingKey(), ME);

          ImportReport imported = there.importTenant(archive(), ImportOptions.DEFAULTS, ME);

          assertEquals(List.of(), imported.warnings());
          assertEquals(adapter(2, 0.8), there.load(ref("acme/support")).adapter());
          assertThrows(UntrustedVersionException.class, () -> there.load(ref("acme/support@1")));
        });
  }
}
