package dev.graft.store.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.KeyUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyDirectoryTest {
  @TempDir Path folder;

  private Path root() {
    return folder.resolve("keys");
  }

  private KeyDirectory create() throws IOException {
    return KeyDirectory.create(root(), Optional.empty());
  }

  private KeyDirectory open() throws IOException {
    return KeyDirectory.open(root(), Optional.empty());
  }

  @Test
  void keepsKeysForThoseWhoOpenItLater() throws IOException {
    DataKey key = create().create("acme");

    DataKey found = open().get("acme", key.id());

    assertArrayEquals(key.secret(), found.secret());
    assertEquals(List.of(key.id()), open().list("acme"));
    assertEquals(List.of(), open().list("globex"));
  }

  @Test
  void keepsNoSecretInTheClearAndNothingThatOthersMayRead() throws IOException {
    DataKey key = create().create("acme");

    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(root().resolve("master.key"))));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(root())));
    byte[] file = Files.readAllBytes(fileOf("acme", key.id()));
    String text = new String(file, StandardCharsets.UTF_8);
    assertFalse(text.contains(Base64.getEncoder().encodeToString(key.secret()).substring(0, 20)));
  }

  private Path fileOf(String tenant, String id) {
    return root().resolve("tenants").resolve(tenant).resolve(id + ".json");
  }

  @Test
  void destroysAKeyForGood() throws IOException {
    KeyDirectory keys = create();
    DataKey key = keys.create("acme");

    keys.destroy("acme", key.id());
    keys.destroy("acme", key.id());

    var problem = assertThrows(KeyUnavailableException.class, () -> keys.get("acme", key.id()));
    assertTrue(problem.toString().contains("it was destroyed"), problem.toString());
  }

  @Test
  void doesNotGiveATenantTheKeyOfAnother() throws IOException {
    KeyDirectory keys = create();
    DataKey key = keys.create("acme");
    DataKey own = keys.create("globex");
    Path stolen = fileOf("globex", own.id());
    String json = Files.readString(fileOf("acme", key.id()));

    Files.writeString(stolen, json);
    assertThrows(KeyUnavailableException.class, () -> keys.get("globex", own.id()));
    Files.writeString(stolen, json.replace("acme", "globex").replace(key.id(), own.id()));

    var problem = assertThrows(KeyUnavailableException.class, () -> keys.get("globex", own.id()));
    assertTrue(problem.toString().contains("it is not what was wrapped"), problem.toString());
  }

  @Test
  void takesOnlyUuidsForIdsAndNamesForTenants() throws IOException {
    KeyDirectory keys = create();

    for (String id : List.of("../master", "x", "A0000000-0000-0000-0000-000000000000", "")) {
      assertThrows(IllegalArgumentException.class, () -> keys.get("acme", id), id);
    }
    assertThrows(IllegalArgumentException.class, () -> keys.create("../acme"));
  }

  @Test
  void rotatesTheMasterKeyAndKeepsTheKeys() throws IOException {
    KeyDirectory keys = create();
    DataKey one = keys.create("acme");
    DataKey two = keys.create("globex");
    String before = Files.readString(root().resolve("master.key"));

    assertEquals(2, keys.rotateMaster());

    assertFalse(Files.readString(root().resolve("master.key")).equals(before));
    assertArrayEquals(one.secret(), open().get("acme", one.id()).secret());
    assertArrayEquals(two.secret(), open().get("globex", two.id()).secret());
    Files.writeString(root().resolve("master.key"), before);
    assertThrows(KeyUnavailableException.class, () -> keys.get("acme", one.id()));
  }

  @Test
  void goesOnWithARotationThatStopped() throws IOException {
    KeyDirectory keys = create();
    DataKey one = keys.create("acme");
    DataKey two = keys.create("globex");
    Path file = fileOf("globex", two.id());
    String sound = Files.readString(file);
    Files.writeString(file, "{");
    assertThrows(KeyUnavailableException.class, keys::rotateMaster);
    assertTrue(Files.exists(root().resolve("master.key.new")));
    Files.writeString(file, sound);
    DataKey meanwhile = keys.create("initech");
    assertArrayEquals(one.secret(), open().get("acme", one.id()).secret());

    keys.rotateMaster();

    assertFalse(Files.exists(root().resolve("master.key.new")));
    assertArrayEquals(one.secret(), open().get("acme", one.id()).secret());
    assertArrayEquals(two.secret(), open().get("globex", two.id()).secret());
    assertArrayEquals(meanwhile.secret(), open().get("initech", meanwhile.id()).secret());
  }

  @Test
  void isReadWhileTheMasterKeyRotates() throws Exception {
    KeyDirectory keys = create();
    List<DataKey> made = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      made.add(keys.create("acme"));
    }
    ExecutorService threads = Executors.newFixedThreadPool(1);
    try {
      Future<?> rotation =
          threads.submit(
              () -> {
                for (int i = 0; i < 5; i++) {
                  keys.rotateMaster();
                }
                return null;
              });
      KeyDirectory reader = open();
      int reads = 0;
      while (!rotation.isDone() || reads == 0) {
        for (DataKey key : made) {
          assertArrayEquals(key.secret(), reader.get("acme", key.id()).secret());
          reads++;
        }
      }
      rotation.get();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void keepsTheMasterKeyApartWhereItIsToldTo() throws IOException {
    Path master = folder.resolve("secrets").resolve("graft.key");
    Files.createDirectories(folder.resolve("secrets"));

    DataKey key = KeyDirectory.create(root(), Optional.of(master)).create("acme");

    assertFalse(Files.exists(root().resolve("master.key")));
    assertArrayEquals(
        key.secret(),
        KeyDirectory.open(root(), Optional.of(master)).get("acme", key.id()).secret());
    assertThrows(KeyUnavailableException.class, this::open);
  }

  @Test
  void refusesAMasterKeyThatEveryoneMayRead() throws IOException {
    create();
    Files.setPosixFilePermissions(
        root().resolve("master.key"), PosixFilePermissions.fromString("rw-r--r--"));

    var problem = assertThrows(KeyUnavailableException.class, this::open);

    assertTrue(problem.toString().contains("chmod 600"), problem.toString());
  }

  @Test
  void refusesWhatIsNoDirectoryOfKeys() throws IOException {
    assertThrows(KeyUnavailableException.class, this::open);
    Files.createDirectories(root());
    Files.writeString(root().resolve("notes.txt"), "mine");

    assertThrows(KeyUnavailableException.class, this::create);
    assertThrows(KeyUnavailableException.class, this::open);

    Files.delete(root().resolve("notes.txt"));
    create();
    assertThrows(KeyUnavailableException.class, this::create);
    Files.writeString(root().resolve("master.key"), "not base64!\n");
    assertThrows(KeyUnavailableException.class, this::open);
  }

  @Test
  void triesARotationAndWritesNothing() throws IOException {
    KeyDirectory keys = create();
    DataKey key = keys.create("acme");
    keys.create("globex");
    byte[] master = Files.readAllBytes(root().resolve("master.key"));
    byte[] wrapped = Files.readAllBytes(fileOf("acme", key.id()));

    assertEquals(2, keys.tryRotateMaster());

    assertArrayEquals(master, Files.readAllBytes(root().resolve("master.key")));
    assertArrayEquals(wrapped, Files.readAllBytes(fileOf("acme", key.id())));
    Files.writeString(fileOf("acme", key.id()), "{}");
    assertThrows(KeyUnavailableException.class, keys::tryRotateMaster);
  }

  @Test
  void saysWhetherThereIsRoomForKeysAndWritesNothing() throws IOException {
    KeyDirectory.requireRoom(root(), Optional.empty());
    assertFalse(Files.exists(root()));
    create();

    assertThrows(
        KeyUnavailableException.class, () -> KeyDirectory.requireRoom(root(), Optional.empty()));
    Path master = Files.writeString(folder.resolve("master"), "no key");
    assertThrows(
        KeyUnavailableException.class,
        () -> KeyDirectory.requireRoom(folder.resolve("other"), Optional.of(master)));
  }
}
