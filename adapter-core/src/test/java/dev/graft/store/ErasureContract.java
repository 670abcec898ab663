package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static dev.graft.store.StoreSamples.ref;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What erasing a tenant does, whatever database the index is in. */
abstract class ErasureContract extends EncryptionContract {
  @Test
  void erasesATenantAndLeavesTheOthers() throws IOException {
    publishProd(store, SUPPORT, 3);
    store.createTenant("initech", Quota.NONE, ME);
    publishProd(store, AdapterName.parse("initech/support"), 3);
    publishProd(store, SUPPORT, 40);
    store.publish(
        PublishRequest.of(AdapterName.parse("initech/merged"), adapter(5, 0.9))
            .parent(ParentLink.merged(ref("acme/support@2"), 0.5)),
        ME);
    store.tag(ref("acme/support@1"), "golden", ME);

    Erasure tried = store.eraseTenant("acme", ME.dry());
    assertEquals(2, store.versions(SUPPORT).size());
    Erasure erasure = store.eraseTenant("acme", ME.note("contract ended"));

    assertEquals(tried.certificate().versions(), erasure.certificate().versions());
    assertEquals(2, erasure.certificate().versions().size());
    assertEquals(List.of(ref("initech/merged@1")), erasure.descendants());
    assertFalse(erasure.json().contains("initech"));
    assertFalse(erasure.certificate().sharedBlobs().isEmpty());
    assertFalse(holdsTensorsOf(40));
    assertEquals(adapter(3, 0.9), store.load(ref("initech/support")).adapter());
    assertThrows(NotInStoreException.class, () -> store.resolve(ref("acme/support")));
    assertThrows(VersionStateException.class, () -> publishProd(store, SUPPORT, 6));
    assertThrows(VersionStateException.class, () -> store.createTenant("acme", Quota.NONE, ME));
    assertEquals(TenantState.ERASED, store.tenant("acme").state());
    assertEquals(List.of(), store.verifyErasure(erasure.json()));
    assertSound();
  }

  @Test
  void makesBackupsOfAnErasedTenantUnreadable() throws IOException {
    Path backup = folder.resolve("backup");
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publishProd(open, SECRET, 3);
      store.close();
      for (Path blob : blobs()) {
        Files.createDirectories(backup);
        Files.copy(blob, backup.resolve(String.valueOf(blob.getFileName())));
      }

      Erasure erasure = open.eraseTenant("globex", ME);

      assertEquals(1, erasure.certificate().destroyedKeys().size());
      assertEquals(List.of(), keys().list("globex"));
      assertFalse(holdsTensorsOf(3));
      assertEquals(List.of(), open.verifyErasure(erasure.json()));
      assertTrue(
          erasure.certificate().destroyedBlobs().stream()
              .allMatch(ErasureCertificate.ErasedBlob::encrypted));
      String key = erasure.certificate().destroyedKeys().get(0);
      assertThrows(KeyUnavailableException.class, () -> keys().get("globex", key));
      assertFalse(hasTensorsOf(3, backup));
    }
  }

  @Test
  void goesOnWithAnErasureThatStopped() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publishProd(open, SECRET, 3);
    }
    FailingKeys failing = new FailingKeys(keys());
    failing.destroys = false;
    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().keys(failing))) {
      assertThrows(KeyUnavailableException.class, () -> open.eraseTenant("globex", ME));
      assertEquals(TenantState.ERASING, open.tenant("globex").state());
      assertThrows(Exception.class, () -> open.load(ref("globex/support")));
      assertThrows(VersionStateException.class, () -> publishProd(open, SECRET, 4));
      failing.destroys = true;

      Erasure erasure = open.eraseTenant("globex", ME);
      Erasure again = open.eraseTenant("globex", ME);

      assertEquals(List.of(), open.verifyErasure(erasure.json()));
      assertEquals(1, erasure.certificate().versions().size());
      assertEquals(erasure.json(), again.json());
      assertTrue(erasure.isNew() && !again.isNew());
    }
  }

  @Test
  void findsACertificateThatWasChangedOrIsOfAnotherPlace() throws IOException {
    assumeBlobsAreFiles();
    publishProd(store, SUPPORT, 3);
    String json = store.eraseTenant("acme", ME).json();

    String changed = json.replace("acme/support@1", "acme/support@9");
    assertEquals(1, store.verifyErasure(changed).size());
    ErasureCertificate certificate = ErasureCertificate.read(json);
    String elsewhere = json.replace(certificate.storeId(), "another");
    assertTrue(store.verifyErasure(elsewhere).get(0).contains("belongs to registry"));
    assertThrows(StoreFormatException.class, () -> store.verifyErasure("{}"));
    assertThrows(StoreFormatException.class, () -> store.verifyErasure("no"));
    Path blob =
        location
            .directory()
            .resolve("blobs")
            .resolve("sha256")
            .resolve(certificate.destroyedBlobs().get(0).digest().substring("sha256:".length()));
    Files.writeString(blob, "back again");
    assertTrue(store.verifyErasure(json).get(0).contains("is there"));
  }

  @Test
  void takesCopiesThatWereSetAsideOrLeftBehindAlong() throws IOException {
    publishProd(store, SUPPORT, 3);
    Path tmp = location.directory().resolve("tmp").resolve("publish-1+acme");
    Files.createDirectories(tmp);
    for (Path blob : blobs()) {
      Files.copy(blob, tmp.resolve("copy" + blob.getFileName()));
      byte[] bytes = Files.readAllBytes(blob);
      Files.write(blob, Arrays.copyOf(bytes, bytes.length + 1));
    }
    store.check(ME);
    assertTrue(holdsTensorsOf(3));

    Erasure erasure = store.eraseTenant("acme", ME);

    assertFalse(holdsTensorsOf(3));
    String hex =
        erasure.certificate().destroyedBlobs().get(0).digest().substring("sha256:".length());
    Files.writeString(location.directory().resolve("damaged").resolve(hex + ".1"), "back again");
    List<String> problems = store.verifyErasure(erasure.json());
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).contains("set aside"), problems.get(0));
  }
}
