package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted tenants, their keys, and tenants that leave. */
class RegistryEraseTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    registry = TestRegistry.at(folder.resolve("store"), "acme");
    Run.of("keys", "init", "--keys", keys()).expect(ExitCode.OK);
  }

  private static Path keys() {
    return folder.resolve("keys");
  }

  private static Run withKeys(Object... args) {
    return registry.run(Stream.concat(Arrays.stream(args), Stream.of("--keys", keys())).toArray());
  }

  /** Whether any file of the registry has the bytes of the trained tensors. */
  private static boolean holdsTensors() throws IOException {
    byte[] file = Files.readAllBytes(shop.run().resolve("adapter/adapter_model.safetensors"));
    byte[] tail = Arrays.copyOfRange(file, file.length - 64, file.length);
    try (Stream<Path> files = Files.walk(folder.resolve("store"))) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(each);
        for (int at = 0; at + tail.length <= bytes.length; at++) {
          if (Arrays.equals(bytes, at, at + tail.length, tail, 0, tail.length)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  @Test
  void keepsEncryptsServesAndErasesACustomer() throws IOException {
    withKeys("tenants", "create", "globex", "--encrypt").expect(ExitCode.OK);
    withKeys("adapters", "add", shop.run(), "globex/support", "--alias", "prod")
        .expect(ExitCode.OK);
    assertFalse(holdsTensors());

    registry
        .run("predict", shop.bundle(), "--adapter", "globex/support", "--text", "hot sun")
        .failsWith(ExitCode.FORBIDDEN, "--keys");
    withKeys("predict", shop.bundle(), "--adapter", "globex/support", "--text", "hot sun")
        .expect(ExitCode.OK);
    String before = keyOf("globex");
    withKeys("tenants", "rotate-key", "globex", "--destroy-old").expect(ExitCode.OK);
    assertFalse(before.equals(keyOf("globex")));
    Run.of("keys", "rotate", "--keys", keys()).expect(ExitCode.OK);
    withKeys("predict", shop.bundle(), "--adapter", "globex/support", "--text", "hot sun")
        .expect(ExitCode.OK);
    withKeys("store", "fsck").expect(ExitCode.OK);

    Path certificate = folder.resolve("globex.json");
    withKeys("tenants", "erase", "globex").failsWith(ExitCode.USAGE, "--confirm");
    withKeys("tenants", "erase", "globex", "--confirm", "acme")
        .failsWith(ExitCode.USAGE, "--confirm");
    registry
        .run("tenants", "erase", "globex", "--confirm", "globex")
        .failsWith(ExitCode.FORBIDDEN, "--keys");
    JsonNode tried =
        withKeys("tenants", "erase", "globex", "--dry-run", "--json").expect(ExitCode.OK).json();
    assertEquals(1, tried.path("certificate").path("versions").size());
    Run erased = withKeys("tenants", "erase", "globex", "--confirm", "globex", "-o", certificate);
    assertTrue(erased.expect(ExitCode.OK).out().contains("globex is erased"), erased::out);

    withKeys("tenants", "verify-erasure", certificate).expect(ExitCode.OK);
    withKeys("predict", shop.bundle(), "--adapter", "globex/support", "--text", "hot sun")
        .failsWith(ExitCode.NOT_FOUND, "globex/support");
    registry.run("tenants", "create", "globex").failsWith(ExitCode.CONFLICT, "globex");
    assertTrue(
        registry.run("tenants", "show", "globex").expect(ExitCode.OK).out().contains("erased"));
    assertTrue(registry.run("tenants", "list").expect(ExitCode.OK).out().contains("erased"));
    Files.writeString(
        certificate, Files.readString(certificate).replace("globex/support@1", "globex/other@1"));
    withKeys("tenants", "verify-erasure", certificate).expect(ExitCode.INTEGRITY);
    registry.run("adapters", "audit", "--verify").expect(ExitCode.OK);
  }

  private static String keyOf(String tenant) {
    return registry
        .run("tenants", "show", tenant, "--json")
        .expect(ExitCode.OK)
        .json()
        .path("keyId")
        .asText();
  }

  @Test
  void encryptsACustomerThatWasNot() throws IOException {
    registry.run("tenants", "create", "initech").expect(ExitCode.OK);
    registry.run("adapters", "add", shop.run(), "initech/support").expect(ExitCode.OK);

    assertEquals(
        1,
        withKeys("tenants", "encrypt", "initech", "--json")
            .expect(ExitCode.OK)
            .json()
            .path("versions")
            .asInt());

    assertFalse(holdsTensors());
    withKeys("tenants", "encrypt", "initech").failsWith(ExitCode.FORBIDDEN, "already");
    registry.run("tenants", "rotate-key", "acme").failsWith(ExitCode.FORBIDDEN, "not encrypted");
  }

  @Test
  void refusesKeysThatAreInsideTheRegistryOrNone() {
    Path inside = folder.resolve("store").resolve("keys");
    registry
        .run("tenants", "list", "--keys", inside)
        .failsWith(ExitCode.USAGE, "inside the registry");
    registry
        .run("tenants", "list", "--keys", folder.resolve("absent"))
        .failsWith(ExitCode.FORBIDDEN, "keys init");
    registry.run("tenants", "create", "x", "--encrypt").failsWith(ExitCode.FORBIDDEN, "--keys");
    Run.of("keys", "init").failsWith(ExitCode.USAGE, "--keys");
    Run.of("keys", "init", "--keys", keys()).failsWith(ExitCode.FORBIDDEN, "not empty");
    Run.of("keys", "rotate", "--keys", folder.resolve("absent"))
        .failsWith(ExitCode.FORBIDDEN, "keys init");
    assertTrue(Run.of("keys").expect(ExitCode.OK).out().contains("rotate"));
  }

  @Test
  void makesAndRotatesNoKeysInADryRun() throws IOException {
    Path fresh = folder.resolve("fresh");
    Run made = Run.of("keys", "init", "--keys", fresh, "--dry-run").expect(ExitCode.OK);
    assertTrue(made.out().startsWith("dry run: "), made::out);
    assertFalse(Files.exists(fresh));
    Run.of("keys", "init", "--keys", fresh, "--dry-run", "--json").expect(ExitCode.OK);
    Run.of("keys", "init", "--keys", keys(), "--dry-run")
        .failsWith(ExitCode.FORBIDDEN, "not empty");

    String master = Files.readString(keys().resolve("master.key"));
    JsonNode tried =
        Run.of("keys", "rotate", "--keys", keys(), "--dry-run", "--json")
            .expect(ExitCode.OK)
            .json();
    assertTrue(tried.path("dryRun").asBoolean());
    assertEquals(master, Files.readString(keys().resolve("master.key")));
    Run.of("keys", "rotate", "--keys", fresh, "--dry-run")
        .failsWith(ExitCode.FORBIDDEN, "keys init");
  }

  @Test
  void refusesWhatIsNoCertificate() throws IOException {
    Path other = Files.writeString(folder.resolve("other.json"), "[1]");

    registry.run("tenants", "verify-erasure", other).failsWith(ExitCode.INVALID, "certificate");
    registry
        .run("tenants", "verify-erasure", folder.resolve("absent.json"))
        .failsWith(ExitCode.NOT_FOUND, "absent.json");
    registry
        .run("tenants", "erase", "acme", "--confirm", "acme", "-o", other)
        .failsWith(ExitCode.CONFLICT, "exists already");
  }
}
