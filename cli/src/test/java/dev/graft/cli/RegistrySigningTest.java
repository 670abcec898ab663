package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys to sign with, signed versions, and tenants that require them. */
class RegistrySigningTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    registry = TestRegistry.at(folder.resolve("store"), "acme");
    Run.of("keys", "signing", "-o", key()).expect(ExitCode.OK);
    Run.of("keys", "signing", "-o", folder.resolve("other.key")).expect(ExitCode.OK);
  }

  private static Path key() {
    return folder.resolve("release.key");
  }

  private static Path publicKey() {
    return folder.resolve("release.key.pub");
  }

  private static void create(String tenant) {
    registry.run("tenants", "create", tenant).expect(ExitCode.OK);
  }

  private static Run predict(String adapter) {
    return registry.run("predict", shop.bundle(), "--adapter", adapter, "--text", "hot sun");
  }

  @Test
  void servesOnlyWhatIsSignedWhereATenantRequiresIt() {
    create("globex");
    registry.run("adapters", "add", shop.run(), "globex/support", "--alias", "prod");
    registry.run("tenants", "trust", "globex", publicKey(), "--note", "team").expect(ExitCode.OK);
    registry
        .run("tenants", "signatures", "globex", "require", "--dry-run")
        .failsWith(ExitCode.REFUSED, "globex/support:prod (@1)", "--force");
    registry.run("adapters", "verify", "globex/support").expect(ExitCode.REFUSED);

    JsonNode signed =
        registry
            .run("adapters", "sign", "globex/support", "--sign-key", key(), "--json")
            .expect(ExitCode.OK)
            .json();
    assertEquals("globex/support@1", signed.path("reference").asText());
    assertEquals("trusted", signed.path("signatures").get(0).path("verdict").asText());
    assertTrue(signed.path("changed").asBoolean());
    Run again = registry.run("adapters", "sign", "globex/support", "--sign-key", key());
    assertTrue(again.expect(ExitCode.OK).out().contains(" already"), again::out);
    Run untouched =
        registry.run("adapters", "sign", "globex/support", "--sign-key", key(), "--json");
    assertFalse(untouched.expect(ExitCode.OK).json().path("changed").asBoolean(true));
    registry.run("tenants", "signatures", "globex", "require").expect(ExitCode.OK);

    registry.run("adapters", "verify", "globex/support").expect(ExitCode.OK);
    predict("globex/support").expect(ExitCode.OK);
    String shown = registry.run("adapters", "show", "globex/support").expect(ExitCode.OK).out();
    assertTrue(shown.contains("trusted, key " + signed.path("keyId").asText()), shown);
    String tenant = registry.run("tenants", "show", "globex").expect(ExitCode.OK).out();
    assertTrue(tenant.contains("require") && tenant.contains("(team)"), tenant);

    registry
        .run("tenants", "distrust", "globex", publicKey())
        .failsWith(ExitCode.REFUSED, "globex/support:prod", "--force");
    registry
        .run("tenants", "distrust", "globex", signed.path("keyId").asText(), "--force")
        .expect(ExitCode.OK);
    predict("globex/support").failsWith(ExitCode.REFUSED, "not signed", "which is not trusted");
    registry
        .run("adapters", "pull", "globex/support", "-o", folder.resolve("globex"))
        .failsWith(ExitCode.REFUSED, "not signed");
    registry.run("adapters", "verify", "globex/support", "--key", publicKey()).expect(ExitCode.OK);
    registry
        .run("adapters", "verify", "globex/support", "--key", folder.resolve("other.key.pub"))
        .expect(ExitCode.REFUSED);
    registry.run("store", "fsck").expect(ExitCode.OK);
    registry.run("adapters", "audit", "--verify").expect(ExitCode.OK);
  }

  @Test
  void signsWhatItPublishes() {
    create("initech");
    registry.run("tenants", "trust", "initech", publicKey()).expect(ExitCode.OK);
    registry.run("tenants", "signatures", "initech", "require").expect(ExitCode.OK);
    registry
        .run("adapters", "add", shop.run(), "initech/support", "--alias", "prod")
        .failsWith(ExitCode.REFUSED, "not signed", "sign it");

    Object[] add = {
      "adapters", "add", shop.run(), "initech/support", "--alias", "prod", "--sign-key", key()
    };
    Run added = registry.run(add).expect(ExitCode.OK);
    JsonNode again = registry.run(with(add, "--json")).expect(ExitCode.OK).json();
    predict("initech/support").expect(ExitCode.OK);
    String keyId = again.path("signedBy").asText();
    assertTrue(keyId.startsWith("sha256:"), again::toString);
    assertTrue(added.out().contains("signed by key " + keyId), added::out);
    JsonNode unsigned =
        registry
            .run("adapters", "add", shop.run(), "acme/support", "--dry-run", "--json")
            .expect(ExitCode.OK)
            .json();
    assertTrue(unsigned.path("signedBy").isNull(), unsigned::toString);
  }

  private static Object[] with(Object[] words, Object... more) {
    List<Object> all = new ArrayList<>(List.of(words));
    all.addAll(List.of(more));
    return all.toArray();
  }

  @Test
  void signsWhatItTrains() {
    create("pied");

    Run trained =
        shop.train(
            folder.resolve("pied"),
            "--publish",
            "pied/support",
            "--sign-key",
            key(),
            "--store",
            registry.store(),
            "--author",
            "ann",
            "--json");

    JsonNode published = trained.expect(ExitCode.OK).json().path("published");

    assertTrue(published.path("signedBy").asText().startsWith("sha256:"), published::toString);
    registry.run("adapters", "verify", "pied/support@1", "--key", publicKey()).expect(ExitCode.OK);
  }

  @Test
  void takesTheKeyFromTheEnvironment() throws IOException {
    create("hooli");
    Run.with(
            Map.of(
                "GRAFT_STORE",
                registry.store().toString(),
                "GRAFT_AUTHOR",
                "ann",
                "GRAFT_SIGN_KEY",
                key().toString()),
            "",
            "adapters",
            "add",
            shop.run(),
            "hooli/support")
        .expect(ExitCode.OK);

    registry.run("adapters", "verify", "hooli/support@1", "--key", publicKey()).expect(ExitCode.OK);
    registry.run("adapters", "verify", "hooli/support@1").expect(ExitCode.REFUSED);
  }

  @Test
  void warnsOfWhatIsNotSigned() {
    create("umbra");
    registry.run("tenants", "signatures", "umbra", "warn").expect(ExitCode.OK);
    Run added = registry.run("adapters", "add", shop.run(), "umbra/support");
    assertTrue(added.expect(ExitCode.OK).err().contains("is not signed"), added::err);
    Run moved = registry.run("adapters", "promote", "umbra/support@1", "--alias", "prod");
    assertTrue(moved.expect(ExitCode.OK).err().contains("is not signed"), moved::err);

    assertTrue(predict("umbra/support@1").expect(ExitCode.OK).err().contains("is not signed"));
    Path out = folder.resolve("umbra");
    Run pulled = registry.run("adapters", "pull", "umbra/support@1", "-o", out);
    assertTrue(pulled.expect(ExitCode.OK).err().contains("is not signed"), pulled::err);
    Run signed = registry.run("adapters", "sign", "umbra/support@1", "--sign-key", key());
    assertTrue(signed.expect(ExitCode.OK).err().contains("does not trust that key"), signed::err);
  }

  @Test
  void signsTheCertificateOfAnErasure() throws IOException {
    create("vandelay");
    Path certificate = folder.resolve("vandelay.json");
    registry
        .run(
            "tenants",
            "erase",
            "vandelay",
            "--confirm",
            "vandelay",
            "-o",
            certificate,
            "--sign-key",
            key())
        .expect(ExitCode.OK);

    registry
        .run("tenants", "verify-erasure", certificate, "--key", publicKey())
        .expect(ExitCode.OK);
    Run other =
        registry.run(
            "tenants", "verify-erasure", certificate, "--key", folder.resolve("other.key.pub"));
    assertTrue(other.expect(ExitCode.INTEGRITY).out().contains("has not signed it"), other::out);
    Path signature = folder.resolve("vandelay.json.dsse");
    Files.writeString(signature, Files.readString(signature).substring(1));
    registry
        .run("tenants", "verify-erasure", certificate, "--key", publicKey())
        .expect(ExitCode.INTEGRITY);
    Files.delete(signature);
    registry
        .run("tenants", "erase", "acme", "--confirm", "acme", "--sign-key", key())
        .failsWith(ExitCode.USAGE, "-o");
    registry
        .run("tenants", "verify-erasure", certificate, "--key", publicKey())
        .failsWith(ExitCode.NOT_FOUND, "vandelay.json.dsse");
  }

  @Test
  void refusesWhatIsNoKey() throws IOException {
    Path text = Files.writeString(folder.resolve("text.pem"), "hello");

    registry.run("tenants", "trust", "acme", text).failsWith(ExitCode.INVALID, "no PEM file");
    registry.run("tenants", "trust", "acme", key()).failsWith(ExitCode.INVALID, "private key");
    registry
        .run("tenants", "trust", "acme", folder.resolve("absent.pub"))
        .failsWith(ExitCode.NOT_FOUND, "absent.pub");
    registry
        .run("tenants", "distrust", "acme", publicKey())
        .failsWith(ExitCode.NOT_FOUND, "trusts no key");
    registry
        .run("tenants", "signatures", "acme", "requir")
        .failsWith(ExitCode.USAGE, "expected off, warn or require");
    registry
        .run("adapters", "sign", "acme/support", "--sign-key", publicKey())
        .failsWith(ExitCode.INVALID, "public key");
    registry.run("adapters", "sign", "acme/support").failsWith(ExitCode.USAGE, "--sign-key");
    registry.run("adapters", "verify", "acme/none").failsWith(ExitCode.NOT_FOUND, "acme/none");
    Run tried = Run.of("keys", "signing", "-o", folder.resolve("new.key"), "--dry-run");
    assertFalse(tried.expect(ExitCode.OK).out().contains("sha256:"), tried::out);
    Run asked = Run.of("keys", "signing", "-o", folder.resolve("new.key"), "--dry-run", "--json");
    assertTrue(asked.expect(ExitCode.OK).json().path("keyId").isNull(), asked::out);
    assertFalse(Files.exists(folder.resolve("new.key")));
    Run.of("keys", "signing", "-o", key()).failsWith(ExitCode.CONFLICT, "exists already");
  }

  @Test
  void pullsOnlyWhatAGivenKeyHasSigned() {
    create("wayne");
    registry
        .run("adapters", "add", shop.run(), "wayne/support", "--sign-key", key())
        .expect(ExitCode.OK);
    Path out = folder.resolve("wayne");
    Object[] pull = {"adapters", "pull", "wayne/support@1", "-o", out, "--key"};

    registry
        .run(with(pull, folder.resolve("other.key.pub")))
        .failsWith(ExitCode.REFUSED, "not signed by a key that was given");
    registry.run(with(pull, folder.resolve("absent.pub"))).failsWith(ExitCode.NOT_FOUND, "absent");
    registry.run(with(pull, key())).failsWith(ExitCode.INVALID, "private key");
    assertFalse(Files.exists(out));
    registry
        .run(with(pull, folder.resolve("other.key.pub"), "--key", publicKey()))
        .expect(ExitCode.OK);
    assertTrue(Files.exists(out.resolve("adapter_model.safetensors")));
  }

  /**
   * An option that is given and changes nothing is refused; one of the environment is for others.
   */
  @Test
  void refusesAKeyThatSignsNothing() throws IOException {
    Path text = Files.writeString(folder.resolve("nothing.jsonl"), "");
    Object[] train = {"train", shop.bundle(), "--data", text, "-o", folder.resolve("x")};
    Object[] erase = {"tenants", "erase", "acme", "--confirm", "acme"};
    Map<String, String> key = Map.of("GRAFT_SIGN_KEY", key().toString());
    Map<String, String> all =
        Map.of(
            "GRAFT_SIGN_KEY",
            key().toString(),
            "GRAFT_STORE",
            registry.store().toString(),
            "GRAFT_AUTHOR",
            "ann");

    registry
        .run(with(train, "--sign-key", key()))
        .failsWith(ExitCode.USAGE, "there is nothing to publish", "--publish");
    Run.with(key, "", with(train, "--sign-key", key()))
        .failsWith(ExitCode.USAGE, "there is nothing to publish", "--publish");
    Run fromEnvironment = Run.with(key, "", train);
    assertFalse(fromEnvironment.err().contains("nothing to publish"), fromEnvironment::err);
    registry.run(with(erase, "--sign-key", key())).failsWith(ExitCode.USAGE, "-o CERTIFICATE");
    Run.with(all, "", with(erase, "--sign-key", key())).failsWith(ExitCode.USAGE, "-o CERTIFICATE");
  }

  /** Keys and signatures are not ours alone: OpenSSL makes the one and checks the other. */
  @Test
  void takesKeysOfOpenSslAndSignsWhatItVerifies() throws Exception {
    Assumptions.assumeTrue(openssl("version") == 0, "needs OpenSSL");
    create("oscorp");
    Path pem = folder.resolve("openssl.pem");
    Path pub = folder.resolve("openssl.pub");
    assertEquals(0, openssl("genpkey", "-algorithm", "ed25519", "-out", pem));
    assertEquals(0, openssl("pkey", "-in", pem, "-pubout", "-out", pub));

    registry.run("tenants", "trust", "oscorp", pub).expect(ExitCode.OK);
    registry
        .run("adapters", "add", shop.run(), "oscorp/support", "--sign-key", pem)
        .expect(ExitCode.OK);

    registry.run("adapters", "verify", "oscorp/support@1").expect(ExitCode.OK);
    assertFalse(registry.everything().contains("PRIVATE KEY"));
  }

  private static int openssl(Object... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    for (Object word : words) {
      command.add(word.toString());
    }
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException e) {
      return -1;
    }
  }
}
