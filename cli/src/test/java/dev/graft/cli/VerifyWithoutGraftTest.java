package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page for auditors, its commands run as they are written: OpenSSL says yes, or no. */
class VerifyWithoutGraftTest {
  private static final String PAGE = "docs/howto/verify-without-graft.md";
  private static final int HAND_OUT = 0;
  private static final int ENVELOPE = 1;
  private static final int VERIFY = 2;
  private static final int FILES = 3;
  private static final int KEY_ID = 4;

  @TempDir Path folder;
  private String keyId = "unset";

  @BeforeEach
  void signAVersion() throws Exception {
    Assumptions.assumeTrue(openssl().startsWith("OpenSSL 3"), "needs OpenSSL 3");
    Workshop shop = Workshop.furnished(folder.resolve("shop"));
    TestRegistry registry = TestRegistry.at(folder.resolve("registry"), "acme");
    Path key = folder.resolve("release.key");
    keyId =
        Run.of("keys", "signing", "-o", key, "--json")
            .expect(ExitCode.OK)
            .json()
            .path("keyId")
            .asText();
    registry
        .run("adapters", "add", shop.run(), "acme/support", "--alias", "prod", "--sign-key", key)
        .expect(ExitCode.OK);
  }

  private static String openssl() throws InterruptedException {
    try {
      Process process = new ProcessBuilder("openssl", "version").start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor(60, TimeUnit.SECONDS) ? said : "";
    } catch (IOException e) {
      return "";
    }
  }

  private String run(String... blocks) throws Exception {
    return ShellTour.run(folder, List.of(blocks));
  }

  /** A block that must not say yes. */
  private static String refused(String block) {
    return "(\n" + block + ") && exit 7 || true\n";
  }

  private void change(String file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(file));
    bytes[at] ^= 1;
    Files.write(folder.resolve(file), bytes);
  }

  @Test
  @Timeout(600)
  void worksAsWritten() throws Exception {
    List<String> page = ShellTour.blocks(PAGE, "sh");
    String log = run(page.toArray(String[]::new));

    assertTrue(log.contains("Signature Verified Successfully"), log);
    assertTrue(log.contains("support/adapter_model.safetensors is as signed"), log);
    assertFalse(log.contains("NOT as signed"), log);
    assertTrue(log.contains(keyId.substring("sha256:".length())), log);
    String statement = Files.readString(folder.resolve("statement.json"));
    assertTrue(statement.contains("\"adapter\":\"acme/support\""), statement);
    long pulled;
    try (var files = Files.list(folder.resolve("support"))) {
      pulled = files.count();
    }
    assertEquals(pulled, log.lines().filter(line -> line.endsWith("is as signed")).count(), log);
    assertEquals(5, page.size());
    assertTrue(page.get(KEY_ID).contains("DER"), page::toString);
  }

  @Test
  @Timeout(600)
  void saysNoAfterAChangedByte() throws Exception {
    List<String> page = ShellTour.blocks(PAGE, "sh");
    run(page.get(HAND_OUT), page.get(ENVELOPE), page.get(VERIFY));
    String verify =
        page.get(VERIFY)
                .lines()
                .filter(line -> line.startsWith("openssl pkeyutl"))
                .findFirst()
                .orElseThrow()
            + "\n";
    int length = (int) Files.size(folder.resolve("signed.bin"));
    for (int at : new int[] {0, 8, 40, length / 2, length - 1}) {
      change("signed.bin", at);
      String log = run(refused(verify));
      assertTrue(log.contains("Signature Verification Failure"), log);
      change("signed.bin", at);
    }
    change("signature.bin", 63);
    run(refused(verify));
    change("signature.bin", 63);
    assertTrue(run(verify).contains("Signature Verified Successfully"));
    change("support/adapter_model.safetensors", 200);

    String log = run(page.get(FILES));

    assertTrue(log.contains("support/adapter_model.safetensors is NOT as signed"), log);
    assertEquals(1, log.lines().filter(line -> line.contains("NOT")).count(), log);
  }

  @Test
  @Timeout(600)
  void verifiesTheCertificateOfAnErasure() throws Exception {
    Path certificate = folder.resolve("gone.json");
    new TestRegistry(folder.resolve("registry"))
        .run(
            "tenants",
            "erase",
            "acme",
            "--confirm",
            "acme",
            "-o",
            certificate,
            "--sign-key",
            folder.resolve("release.key"))
        .expect(ExitCode.OK);
    Files.copy(folder.resolve("gone.json.dsse"), folder.resolve("envelope.txt"));

    String log = run(ShellTour.blocks(PAGE, "sh").get(VERIFY));

    assertTrue(log.contains("Signature Verified Successfully"), log);
    String digest = Digests.ofFile(certificate).substring("sha256:".length());
    String statement = Files.readString(folder.resolve("statement.json"));
    assertTrue(statement.contains(digest), statement);
  }
}
