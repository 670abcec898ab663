package dev.graft.store.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterReferenceTest {
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme/support:prod",
        "acme/support@1",
        "acme/support@20",
        "acme/support@999999999",
        "0/0:0",
        "a.b-c_d/e..f:candidate.2",
        "acme/support@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      })
  void readsWhatItWrites(String text) {
    assertEquals(text, AdapterReference.parse(text).toString());
  }

  @Test
  void takesABareNameForItsProd() {
    assertEquals(
        AdapterReference.parse("acme/support:prod"), AdapterReference.parse("acme/support"));
  }

  static Stream<String> refused() {
    return Stream.of(
        "",
        "/",
        "acme",
        "acme/",
        "/support",
        "acme/support/x",
        "acme//support",
        "../support",
        "./support",
        "acme/..",
        "acme/.support",
        "acme/-support",
        "acme/_support",
        "acme\\support",
        "Acme/support",
        "acme/Support",
        "acme/sup port",
        " acme/support",
        "acme/support ",
        "acme/support\n",
        "acme/support\u0000",
        "acme/%2e%2e",
        // A Cyrillic a, a full-width a, a division slash, a one-dot leader, an i with no dot.
        "\u0430cme/support",
        "\uff41cme/support",
        "acme\u2215support",
        "acme/support\u2024",
        "acme/\u0131nbox",
        "acme/support:",
        "acme/support@",
        "acme/support::prod",
        "acme/support:prod:prod",
        "acme/support:prod@1",
        "acme/support@1:prod",
        "acme/support:a/b",
        "acme/support:PROD",
        "acme/support@0",
        "acme/support@01",
        "acme/support@-1",
        "acme/support@+1",
        "acme/support@1.0",
        "acme/support@1e3",
        "acme/support@\u0661",
        "acme/support@1000000000",
        "acme/support@latest",
        "acme/support@sha256:",
        "acme/support@" + DIGEST.substring(0, 70),
        "acme/support@" + DIGEST + "0",
        "acme/support@" + DIGEST.replace('f', 'F'),
        "acme/support@" + DIGEST.replace('f', 'g'),
        "acme/support@" + DIGEST.replace('a', '`').replace("sh`", "sha"),
        "acme/support@" + DIGEST.replace('9', ':'),
        "acme/support@" + DIGEST.replace('0', '/'),
        "acme/support@sha512:" + DIGEST.substring(7),
        "acme/support@md5:" + "0".repeat(32),
        "acme:x/support",
        "acme@1/support",
        "a".repeat(64) + "/support",
        "acme/" + "a".repeat(64),
        "acme/support:" + "a".repeat(64),
        "a".repeat(5000),
        "acme/" + "a".repeat(5000),
        "/".repeat(5000));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWithAShortReason(String text) {
    var problem = assertThrows(IllegalArgumentException.class, () -> AdapterReference.parse(text));

    String message = problem.toString();
    assertTrue(message.contains("expected"), message);
    assertTrue(message.length() < 600, message);
    assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 0x7f), message);
  }

  @Test
  void takesTheLongestNames() {
    String name = "a".repeat(63);

    AdapterReference reference = AdapterReference.parse(name + "/" + name + ":" + name);

    assertEquals(name, reference.adapter().name());
  }

  @Test
  void saysWhatIsWrongWithATextThatIsTooLong() {
    assertProblem("a".repeat(512), "with a slash between");
    assertProblem("a".repeat(513), "it has 513 characters, at most 512 are read");
  }

  @Test
  void saysThatATargetNeedsATenantAndAnAdapterBefore() {
    assertProblem("support:prod", "it has no tenant and adapter with a slash between");
    assertProblem("support:prod/x", "tenant \"support:prod\" is not a name");
    assertProblem("/support", "tenant \"\" is not a name");
  }

  private static void assertProblem(String text, String problem) {
    var refused = assertThrows(IllegalArgumentException.class, () -> AdapterReference.parse(text));

    assertTrue(refused.toString().contains(problem), refused.getMessage());
  }

  @Test
  void givesBackTheDigestThatItChecked() {
    assertEquals(DIGEST, AdapterReference.checkDigest("base digest", DIGEST));
    var problem =
        assertThrows(
            IllegalArgumentException.class,
            () -> AdapterReference.checkDigest("base digest", "sha256:12"));
    assertEquals(
        "base digest \"sha256:12\" is not a digest; expected sha256: and 64 digits of 0-9 and a-f",
        problem.getMessage());
  }

  @Test
  void offersTheSameNameInLowerCase() {
    var problem =
        assertThrows(IllegalArgumentException.class, () -> AdapterReference.parse("Acme/x"));

    assertTrue(problem.toString().endsWith("did you mean \"acme\"?"), problem.getMessage());
  }

  @Test
  void checksAnAdaptersNameAlone() {
    assertEquals("acme/support", AdapterName.parse("acme/support").toString());
    assertThrows(IllegalArgumentException.class, () -> AdapterName.parse("acme"));
    assertThrows(IllegalArgumentException.class, () -> AdapterName.parse("acme/support:prod"));
    assertThrows(IllegalArgumentException.class, () -> AdapterName.parse("acme/a/b"));
    var problem = assertThrows(IllegalArgumentException.class, () -> AdapterName.parse("/support"));
    assertTrue(problem.toString().contains("tenant \"\" is not a name"), problem.getMessage());
  }

  @Test
  void ordersAdaptersByTenantAndThenByName() {
    List<AdapterName> names =
        Stream.of("b/a", "a/b", "a-b/a", "a/a").map(AdapterName::parse).sorted().toList();

    assertEquals("[a/a, a/b, a-b/a, b/a]", names.toString());
  }

  @Test
  void knowsAllStatesByTheirWords() {
    for (VersionState state : VersionState.values()) {
      assertEquals(state, VersionState.parse(state.text()));
    }
    assertThrows(IllegalArgumentException.class, () -> VersionState.parse("ACTIVE"));
    assertFalse(VersionState.BLOCKED.isServed());
    assertTrue(VersionState.DEPRECATED.isServed());
  }
}
