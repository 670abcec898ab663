package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.signing.SigningKey;
import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What keys do, whatever database the index is in. */
abstract class EncryptionContract extends KeysFixture {
  @Test
  void storesNothingOfAnEncryptedTenantInTheClear() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);

      publishProd(open, SECRET, 3);

      assertFalse(holdsTensorsOf(3));
      assertEquals(adapter(3, 0.9), open.load(ref("globex/support")).adapter());
      open.pull(ref("globex/support"), folder.resolve("out"), false);
      assertTrue(Files.exists(folder.resolve("out").resolve("adapter_model.safetensors")));
      assertTrue(open.check(ME.dry()).isSound());
      assertNothingIsLeftInTheClear();
    }
  }

  @Test
  void holdsTensorsOfATenantWithoutAKey() throws IOException {
    assumeBlobsAreFiles();
    publishProd(store, SUPPORT, 3);

    assertTrue(holdsTensorsOf(3));
  }

  @Test
  void handsOutAndTakesNothingOfAnEncryptedTenantWithoutItsKey() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publishProd(open, SECRET, 3);
    }

    assertEquals(1, store.resolve(ref("globex/support")).number());
    var problem =
        assertThrows(KeyUnavailableException.class, () -> store.load(ref("globex/support")));
    assertTrue(problem.toString().contains("--keys"), problem.toString());
    assertThrows(KeyUnavailableException.class, () -> publishProd(store, SECRET, 4));
    assertThrows(
        KeyUnavailableException.class, () -> store.createEncryptedTenant("x", Quota.NONE, ME));
    KeyDirectory others = KeyDirectory.create(folder.resolve("others"), Optional.empty());
    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().keys(others))) {
      assertThrows(KeyUnavailableException.class, () -> open.load(ref("globex/support")));
      assertFalse(open.check(ME.dry()).isSound());
    }
    CheckReport report = store.check(ME.dry());
    assertTrue(report.isSound());
    assertEquals(
        List.of(Finding.Kind.NOT_DECRYPTED),
        report.findings().stream().map(Finding::kind).toList());
  }

  @Test
  void storesEqualContentOnceForOneTenantAndApartForTwo() throws IOException {
    publishProd(store, SUPPORT, 3);
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publishProd(open, SECRET, 3);
      publishProd(open, AdapterName.parse("globex/copy"), 3);

      List<VersionFile> first = open.details(ref("globex/support")).files();
      assertEquals(first, open.details(ref("globex/copy")).files());
      List<VersionFile> plain = open.details(ref("acme/support")).files();
      for (int i = 0; i < first.size(); i++) {
        assertEquals(plain.get(i).digest(), first.get(i).digest());
        assertNotEquals(plain.get(i).blob(), first.get(i).blob());
      }
    }
  }

  @Test
  void healsAnEncryptedBlobByPublishingAgain() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publishProd(open, SECRET, 3);
      for (Path blob : blobs()) {
        Files.write(blob, new byte[9]);
      }
      assertFalse(open.check(ME.dry()).isSound());

      assertFalse(publishProd(open, SECRET, 3).isNew());

      assertTrue(open.check(ME.dry()).isSound());
      assertEquals(adapter(3, 0.9), open.load(ref("globex/support")).adapter());
    }
  }

  @Test
  void encryptsATenantThatWasNot() throws IOException {
    assumeBlobsAreFiles();
    publishProd(store, SUPPORT, 3);
    publishProd(store, SUPPORT, 4);
    try (AdapterStore open = withKeys()) {
      assertEquals(2, open.encryptTenant("acme", ME.dry()).versions());
      assertTrue(holdsTensorsOf(3));

      KeyChange change = open.encryptTenant("acme", ME);

      assertEquals(2, change.versions());
      assertEquals(change.keyId(), open.tenant("acme").keyId());
      assertFalse(holdsTensorsOf(3));
      assertFalse(holdsTensorsOf(4));
      assertEquals(adapter(3, 0.9), open.load(ref("acme/support@1")).adapter());
      assertTrue(open.check(ME.dry()).isSound());
      assertThrows(VersionStateException.class, () -> open.encryptTenant("acme", ME));
    }
  }

  @Test
  void rotatesAKeyAndKeepsTheOldOneUnlessToldOtherwise() throws IOException {
    try (AdapterStore open = withKeys()) {
      assertThrows(VersionStateException.class, () -> open.rotateKey("acme", false, ME));
      String first = open.createEncryptedTenant("globex", Quota.NONE, ME).keyId();
      publishProd(open, SECRET, 3);

      KeyChange kept = open.rotateKey("globex", false, ME);

      assertNotEquals(first, kept.keyId());
      assertEquals(adapter(3, 0.9), open.load(ref("globex/support")).adapter());
      assertEquals(2, keys().list("globex").size());

      KeyChange destroyed = open.rotateKey("globex", true, ME);

      assertEquals(2, destroyed.destroyedKeys().size());
      assertEquals(List.of(destroyed.keyId()), keys().list("globex"));
      assertNothingIsLeftInTheClear();
      assertEquals(adapter(3, 0.9), open.load(ref("globex/support")).adapter());
      assertTrue(open.check(ME.dry()).isSound());
    }
  }

  @Test
  void goesOnWithARotationThatStopped() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publishProd(open, SECRET, 3);
      publishProd(open, SECRET, 4);
    }
    FailingKeys failing = new FailingKeys(keys());
    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().keys(failing))) {
      failing.readsLeft = 3;
      assertThrows(KeyUnavailableException.class, () -> open.rotateKey("globex", true, ME));
      failing.readsLeft = Integer.MAX_VALUE;
      assertEquals(adapter(3, 0.9), open.load(ref("globex/support@1")).adapter());
      assertEquals(adapter(4, 0.9), open.load(ref("globex/support@2")).adapter());
      String begun = open.tenant("globex").keyId();

      KeyChange finished = open.rotateKey("globex", true, ME);

      assertEquals(begun, finished.keyId());
      assertEquals(List.of(begun), keys().list("globex"));
      assertEquals(adapter(4, 0.9), open.load(ref("globex/support@2")).adapter());
    }
  }

  @Test
  void keepsSignaturesWhateverKeyEncryptsWhatTheyAreOver() throws IOException {
    SigningKey release = SigningKey.create();
    store.publish(PublishRequest.of(SUPPORT, adapter(3, 0.9)).sign(release), ME);
    store.signing().trust("acme", release.verifyingKey(), ME);
    store.signing().setPolicy("acme", SignaturePolicy.REQUIRE, false, ME);

    try (AdapterStore open = withKeys()) {
      open.encryptTenant("acme", ME);
      assertEquals(adapter(3, 0.9), open.load(ref("acme/support@1")).adapter());
      open.rotateKey("acme", true, ME);
      assertEquals(adapter(3, 0.9), open.load(ref("acme/support@1")).adapter());
      assertTrue(open.signing().verify(ref("acme/support@1")).isTrusted());
      assertTrue(open.check(ME.dry()).isSound());
    }
  }
}
