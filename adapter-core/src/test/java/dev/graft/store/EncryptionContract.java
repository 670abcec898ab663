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
import dev.graft.store.keys.DataKey;
import dev.graft.store.keys.KeyDirectory;
import dev.graft.store.keys.KeyProvider;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What keys and erasing do, whatever database the index is in. */
abstract class EncryptionContract extends SignatureContract {
  private static final AdapterName SECRET = AdapterName.parse("globex/support");

  private KeyDirectory keys() throws IOException {
    Path place = folder.resolve("keys");
    return Files.exists(place)
        ? KeyDirectory.open(place, Optional.empty())
        : KeyDirectory.create(place, Optional.empty());
  }

  private AdapterStore withKeys() throws IOException {
    return AdapterStore.open(location, StoreOptions.defaults().keys(keys()));
  }

  private static PublishResult publish(AdapterStore store, AdapterName name, int seed)
      throws IOException {
    return store.publish(PublishRequest.of(name, adapter(seed, 0.9)).alias("prod"), ME);
  }

  @Test
  void storesNothingOfAnEncryptedTenantInTheClear() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);

      publish(open, SECRET, 3);

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
    publish(store, SUPPORT, 3);

    assertTrue(holdsTensorsOf(3));
  }

  @Test
  void handsOutAndTakesNothingOfAnEncryptedTenantWithoutItsKey() throws IOException {
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publish(open, SECRET, 3);
    }

    assertEquals(1, store.resolve(ref("globex/support")).number());
    var problem =
        assertThrows(KeyUnavailableException.class, () -> store.load(ref("globex/support")));
    assertTrue(problem.toString().contains("--keys"), problem.toString());
    assertThrows(KeyUnavailableException.class, () -> publish(store, SECRET, 4));
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
    publish(store, SUPPORT, 3);
    try (AdapterStore open = withKeys()) {
      open.createEncryptedTenant("globex", Quota.NONE, ME);
      publish(open, SECRET, 3);
      publish(open, AdapterName.parse("globex/copy"), 3);

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
      publish(open, SECRET, 3);
      for (Path blob : blobs()) {
        Files.write(blob, new byte[9]);
      }
      assertFalse(open.check(ME.dry()).isSound());

      assertFalse(publish(open, SECRET, 3).isNew());

      assertTrue(open.check(ME.dry()).isSound());
      assertEquals(adapter(3, 0.9), open.load(ref("globex/support")).adapter());
    }
  }

  @Test
  void encryptsATenantThatWasNot() throws IOException {
    assumeBlobsAreFiles();
    publish(store, SUPPORT, 3);
    publish(store, SUPPORT, 4);
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
      publish(open, SECRET, 3);

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
      publish(open, SECRET, 3);
      publish(open, SECRET, 4);
    }
    Failing failing = new Failing(keys());
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
  void erasesATenantAndLeavesTheOthers() throws IOException {
    publish(store, SUPPORT, 3);
    store.createTenant("initech", Quota.NONE, ME);
    publish(store, AdapterName.parse("initech/support"), 3);
    publish(store, SUPPORT, 40);
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
    assertThrows(VersionStateException.class, () -> publish(store, SUPPORT, 6));
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
      publish(open, SECRET, 3);
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
      publish(open, SECRET, 3);
    }
    Failing failing = new Failing(keys());
    failing.destroys = false;
    try (AdapterStore open = AdapterStore.open(location, StoreOptions.defaults().keys(failing))) {
      assertThrows(KeyUnavailableException.class, () -> open.eraseTenant("globex", ME));
      assertEquals(TenantState.ERASING, open.tenant("globex").state());
      assertThrows(Exception.class, () -> open.load(ref("globex/support")));
      assertThrows(VersionStateException.class, () -> publish(open, SECRET, 4));
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
    publish(store, SUPPORT, 3);
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

  @Test
  void takesCopiesThatWereSetAsideOrLeftBehindAlong() throws IOException {
    publish(store, SUPPORT, 3);
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

  private void assertNothingIsLeftInTheClear() throws IOException {
    try (Stream<Path> files = Files.list(location.directory().resolve("tmp"))) {
      assertEquals(List.of(), files.toList());
    }
  }

  private List<Path> blobs() throws IOException {
    assumeBlobsAreFiles();
    try (Stream<Path> files = Files.list(location.directory().resolve("blobs").resolve("sha256"))) {
      return files.toList();
    }
  }

  private boolean holdsTensorsOf(int seed) throws IOException {
    return hasTensorsOf(seed, location.directory());
  }

  /** Whether any file has a row of one of the adapter's matrices. */
  private static boolean hasTensorsOf(int seed, Path directory) throws IOException {
    ByteBuffer row = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 8; i++) {
      row.putFloat((i + 1) / 16f + seed);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (contains(Files.readAllBytes(file), row.array())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean contains(byte[] bytes, byte[] wanted) {
    for (int at = 0; at + wanted.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }

  /** Keys that can be read only so often, or not destroyed. */
  private static final class Failing implements KeyProvider {
    private final KeyProvider keys;
    private int readsLeft = Integer.MAX_VALUE;
    private boolean destroys = true;

    Failing(KeyProvider keys) {
      this.keys = keys;
    }

    @Override
    public String description() {
      return keys.description();
    }

    @Override
    public DataKey create(String tenant) throws KeyUnavailableException {
      return keys.create(tenant);
    }

    @Override
    public DataKey get(String tenant, String keyId) throws KeyUnavailableException {
      if (readsLeft-- <= 0) {
        throw new KeyUnavailableException("the keys are out of reach");
      }
      return keys.get(tenant, keyId);
    }

    @Override
    public List<String> list(String tenant) throws KeyUnavailableException {
      return keys.list(tenant);
    }

    @Override
    public void destroy(String tenant, String keyId) throws KeyUnavailableException {
      if (!destroys) {
        throw new KeyUnavailableException("the keys are out of reach");
      }
      keys.destroy(tenant, keyId);
    }
  }
}
