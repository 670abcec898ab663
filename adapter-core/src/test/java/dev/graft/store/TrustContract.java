package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.signing.SigningKey;
import dev.graft.store.model.SignaturePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What fsck says of keys and rules that were changed past Graft, whatever database the index is in.
 */
abstract class TrustContract extends SignedArchiveContract {
  static final SigningKey RELEASE = SigningKey.create();
  static final SigningKey STRANGER = SigningKey.create();

  final void trust(SigningKey key) throws IOException {
    store.signing().trust("acme", key.verifyingKey(), ME);
  }

  final void requireSignatures() throws IOException {
    store.signing().setPolicy("acme", SignaturePolicy.REQUIRE, false, ME);
  }

  /** What is trusted changes by itself in no way that the log does not know. */
  @Test
  void agreesWithTheLogOnWhatIsTrusted() throws IOException {
    trust(RELEASE);
    trust(STRANGER);
    store.signing().distrust("acme", STRANGER.id(), false, ME);
    assertSound();
    trust(STRANGER);
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).sign(RELEASE), ME);
    requireSignatures();
    assertSound();
    Path archive = folder.resolve("acme.tar");
    store.exportTenant("acme", archive, ExportOptions.DEFAULTS, ME);
    store.importTenant(archive, ImportOptions.DEFAULTS.as("umbrella"), ME);
    assertSound();
    store.signing().setPolicy("acme", SignaturePolicy.OFF, false, ME);
    assertSound();
    requireSignatures();
    store.eraseTenant("acme", ME);
    assertSound();
  }

  private void assertOffLog(String... parts) throws IOException {
    List<Finding> findings =
        store.check(ME).findings().stream()
            .filter(finding -> finding.kind() == Finding.Kind.TRUST_OFF_LOG)
            .toList();
    assertEquals(1, findings.size(), findings::toString);
    assertFalse(findings.get(0).repaired());
    assertEquals("acme", findings.get(0).subject());
    for (String part : parts) {
      assertTrue(findings.get(0).explanation().contains(part), findings::toString);
    }
  }

  private void insertKey(SigningKey key) throws SQLException {
    sql(
        "INSERT INTO trusted_key (tenant, key_id, public_key, author, created_at, note)"
            + " VALUES ('acme', '%s', '%s', 'ann', 7, '')"
                .formatted(key.id(), key.verifyingKey().pem()));
  }

  @Test
  void noticesAKeyThatWasWrittenToTheIndexItself() throws Exception {
    insertKey(STRANGER);

    assertOffLog("the index trusts key " + STRANGER.id(), "no line that says so", "distrust");
    assertEquals(1, store.signing().trustedKeys("acme").size());
    store.signing().distrust("acme", STRANGER.id(), false, ME);
    assertSound();
    insertKey(STRANGER);
    assertOffLog("the index trusts key " + STRANGER.id(), "that it does so no more");
  }

  @Test
  void noticesAKeyThatWasTakenOutOfTheIndexItself() throws Exception {
    trust(RELEASE);
    trust(STRANGER);
    sql("DELETE FROM trusted_key WHERE key_id = '%s'".formatted(RELEASE.id()));

    assertOffLog("does not trust key " + RELEASE.id(), "says in line ", "trust the key again");
    trust(RELEASE);
    assertSound();
  }

  @Test
  void noticesARuleThatWasChangedInTheIndexItself() throws Exception {
    sql("UPDATE tenant SET signatures = 'warn'");
    assertOffLog("is \"warn\" in the index", "no line that changed it from \"off\"");
    sql("UPDATE tenant SET signatures = 'off'");
    requireSignatures();
    sql("UPDATE tenant SET signatures = 'off'");

    assertOffLog("is \"off\" in the index", "says \"require\" in line ", "set the rule");
    assertEquals(SignaturePolicy.OFF, store.tenant("acme").signatures());
    requireSignatures();
    assertSound();
  }

  @Test
  void noticesAKeyOfAnErasedTenant() throws Exception {
    trust(STRANGER);
    store.eraseTenant("acme", ME);
    insertKey(STRANGER);

    assertOffLog("the index trusts key " + STRANGER.id(), "no line that says so");
  }
}
