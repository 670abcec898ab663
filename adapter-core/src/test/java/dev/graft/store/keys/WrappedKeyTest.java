package dev.graft.store.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.KeyUnavailableException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WrappedKeyTest {
  private final SecureRandom random = new SecureRandom();
  private final DataKey key = DataKey.random(random);
  private final MasterKey master = MasterKey.random(random);
  private final MasterKey next = MasterKey.random(random);
  private final WrappedKey wrapped = WrappedKey.of("acme", key, master, random);

  private WrappedKey read(String json) throws KeyUnavailableException {
    return WrappedKey.read(json.getBytes(StandardCharsets.UTF_8), "acme", key.id());
  }

  private String json() {
    return new String(wrapped.json(), StandardCharsets.UTF_8);
  }

  @Test
  void opensWhatItWrapped() throws KeyUnavailableException {
    WrappedKey read = read(json());

    assertEquals(wrapped, read);
    assertArrayEquals(key.secret(), read.open(master).secret());
    assertEquals(key.id(), read.open(master).id());
    assertTrue(json().endsWith("}\n"), json());
    assertTrue(
        json().startsWith("{\"formatVersion\":1,\"tenant\":\"acme\",\"keyId\":\"" + key.id()),
        json());
  }

  @Test
  void isWrappedByBothKeysWhileOneFollowsTheOther() throws KeyUnavailableException {
    WrappedKey both = wrapped.with(key, next, random);

    assertTrue(both.isWrappedBy(master));
    assertTrue(both.isWrappedBy(next));
    assertFalse(wrapped.isWrappedBy(next));
    assertArrayEquals(key.secret(), both.open(master).secret());
    assertArrayEquals(key.secret(), both.only(next).open(next).secret());
    assertEquals(List.of(next.id()), List.copyOf(both.only(next).wrapped().keySet()));
  }

  @Test
  void saysWhichMasterKeyItWants() {
    var problem = assertThrows(KeyUnavailableException.class, () -> wrapped.open(next));

    assertEquals(
        "key %s of tenant \"acme\" is wrapped by master key [%s], the one given is %s; give the master key that belongs to it"
            .formatted(key.id(), master.id(), next.id()),
        problem.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AAAA", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void refusesWhatWasNotWrapped(String text) {
    TreeMap<String, String> other = new TreeMap<>();
    other.put(master.id(), text);
    WrappedKey damaged = new WrappedKey("acme", key.id(), other);

    var problem = assertThrows(KeyUnavailableException.class, () -> damaged.open(master));

    assertTrue(
        String.valueOf(problem.getMessage())
            .startsWith("key %s cannot be read: it is not what was".formatted(key.id())),
        problem.getMessage());
  }

  @Test
  void refusesAFileOfAnotherTenantKeyOrFormat() {
    for (String other :
        List.of(
            json().replace("acme", "globex"),
            json().replace(key.id(), DataKey.random(random).id()),
            json().replace("\"formatVersion\":1", "\"formatVersion\":2"),
            "[]",
            "")) {
      var problem = assertThrows(KeyUnavailableException.class, () -> read(other), other);
      assertTrue(problem.toString().contains("of another format, tenant or key"), other);
    }
  }

  @Test
  void refusesWhatIsNotStrictlyJson() {
    for (String other :
        List.of("{", json() + "{}", json().replace("{\"form", "{\"tenant\":\"acme\",\"form"))) {
      var problem = assertThrows(KeyUnavailableException.class, () -> read(other), other);
      assertTrue(problem.toString().contains("its file is not JSON"), problem.toString());
    }
  }
}
