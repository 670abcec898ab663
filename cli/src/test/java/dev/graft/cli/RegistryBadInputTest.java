package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people, disks and other programs do to a registry. */
class RegistryBadInputTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    registry = TestRegistry.at(folder.resolve("store"), "acme");
    registry
        .run("adapters", "add", shop.run(), "acme/support", "--alias", "prod")
        .expect(ExitCode.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme",
        "acme/",
        "/support",
        "a/b/c",
        "acme/..",
        "../acme",
        "acme/.hidden",
        "Acme/support",
        "acme/sup port",
        "\u0430cme/support",
        "acme/support\u2024",
        "acme/\u0000",
        "acme/-x"
      })
  void refusesWhatIsNoName(String name) {
    Run run =
        registry.run("adapters", "add", shop.run(), name).failsWith(ExitCode.USAGE, "TENANT/NAME");

    assertTrue(run.err().chars().allMatch(c -> c < 0x7f || name.indexOf(c) >= 0), run::err);
  }

  @Test
  void cutsANameOfFiveThousandLettersInItsMessage() {
    String name = "acme/" + "x".repeat(5000);

    Run add = registry.run("adapters", "show", name);
    Run use = registry.run("predict", shop.bundle(), "--adapter", name, "--text", "x");

    assertEquals(ExitCode.USAGE.code(), add.code(), add::err);
    assertEquals(ExitCode.NOT_FOUND.code(), use.code(), use::err);
    assertTrue(add.err().length() < 1000, add::err);
    assertTrue(use.err().length() < 1000, use::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "adapters shw acme/support | did you mean 'show'?",
        "tenants creat x | did you mean 'create'?",
        "store fsk | did you mean 'fsck'?",
        "adapters show acme/support@0 | neither a version",
        "adapters show acme/support@sha256:12 | digits",
        "adapters promote acme/support --alias | --alias",
        "adapters promote acme/support | missing: --alias",
        "adapters promote acme/support --alias x/y | not a name",
        "adapters promote acme/support --alias a --expect 3 | such as @3",
        "adapters search --state blockt | state",
        "adapters search --metric accuracy | METRIC>=NUMBER",
        "adapters search --limit 0 | at least 1",
        "adapters lineage acme/support --format dott | did you mean 'dot'",
        "adapters audit --verify --tenant acme | in parts",
        "adapters audit acme/support --verify | in parts",
        "adapters audit acme --tenant acme | --tenant",
        "adapters audit a/b/c | not a name",
        "store migrate --author | --author",
        "store stats --store jdbc:postgresql://u:secret@h/d --blobs y | user=USER",
        "store stats --store postgresql://u:secret@h/d | which starts with jdbc:postgresql:",
        "store stats --store s3://bucket/x | place for the blobs",
        "store init --dry-run --store jdbc:postgresql://h:port/d?password=secret --blobs y | cannot be read",
        "tenants quota acme | --max-bytes",
        "tenants quota acme --max-bytes much | KiB",
        "adapters diff acme/support@1 | missing: REF",
        "adapters untag acme/support@1 a/b | not a name",
        "adapters pull acme/support | missing: --output",
        "store watch --for soon | such as 24h",
        "store watch --after first | --after",
        "store gc --grace 5 | such as 24h",
        "store fsck --note x | add --repair",
        "store stats --blobs x | JDBC URL",
        "store stats --store jdbc:mysql://x --blobs y | PostgreSQL",
      })
  void saysWhatIsWrongWithACommandLine(String line, String hint) {
    Run run = registry.line(line).failsWith(ExitCode.USAGE, hint);

    assertFalse(run.err().contains("secret"), run::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "adapters show acme/suport | did you mean",
        "adapters show amce/support | did you mean",
        "adapters show acme/support:prd | did you mean",
        "adapters show acme/support@7 | versions 1 to 1",
        "adapters list globex | not in the registry",
        "adapters rollback acme/support --alias prod | nothing to go back to",
        "adapters history acme/support --alias beta | never had",
        "adapters history acme/suport | did you mean",
        "adapters diff acme/support@1 acme/support@9 | versions 1 to 1",
        "adapters unalias acme/support --alias prd | did you mean",
        "adapters activate acme/support@9 | versions 1 to 1",
        "adapters deprecate acme/support@9 | versions 1 to 1",
        "adapters block acme/support@9 | versions 1 to 1",
        "adapters delete acme/support@9 | versions 1 to 1",
        "adapters tag acme/support@9 seen | versions 1 to 1",
        "adapters untag acme/suport@1 seen | did you mean",
        "adapters pull acme/support@9 -o nowhere | versions 1 to 1",
        "adapters lineage acme/suport | did you mean",
        "tenants quota amce --max-versions 3 | did you mean",
        "store watch --tenant amce --for 1s | did you mean",
        "store watch --tenant globex --for 1s | not in the registry",
        "tenants rotate-key amce | did you mean",
        "tenants erase amce --confirm amce | did you mean",
        "tenants show globex | not in the registry",
      })
  void saysWhatIsThereInsteadOfWhatIsNot(String line, String hint) {
    registry.line(line).failsWith(ExitCode.NOT_FOUND, hint);
  }

  @Test
  void refusesAnAnswerInTwoForms() {
    Run run = registry.line("adapters lineage acme/support --format dot --json");

    run.expect(ExitCode.USAGE).says("leave one of them out");
  }

  @Test
  void refusesAStateThatCannotBe() {
    registry.run("adapters", "add", shop.run(), "acme/gone").expect(ExitCode.OK);
    registry.line("adapters delete acme/gone@1").expect(ExitCode.OK);

    registry.line("adapters activate acme/gone@1").failsWith(ExitCode.FORBIDDEN, "deleted");
    registry.line("adapters block acme/gone@1").failsWith(ExitCode.FORBIDDEN, "deleted");
    registry
        .run("adapters", "pull", "acme/support", "-o", shop.bundle())
        .failsWith(ExitCode.CONFLICT, "exists already");
  }

  @Test
  void refusesATenantTwice() {
    registry.line("tenants create acme").failsWith(ExitCode.CONFLICT, "exists already");
  }

  @Test
  void tellsAMissingRegistryFromAFolderThatIsNone() throws IOException {
    TestRegistry none = new TestRegistry(shop.at("nowhere"));
    TestRegistry other = new TestRegistry(shop.bundle());

    none.line("adapters list").failsWith(ExitCode.NOT_FOUND, "does not exist", "graft store init");
    other.line("adapters list").failsWith(ExitCode.INVALID, "is no registry");
    other.line("store init").failsWith(ExitCode.INVALID, "is not empty and no registry");
    assertFalse(Files.exists(shop.at("nowhere")));
  }

  @Test
  void refusesARegistryOfANewerGraft() throws IOException {
    Path copy = shop.copy(registry.store(), "newer");
    Files.writeString(
        copy.resolve("store.json"),
        Files.readString(copy.resolve("store.json")).replace("Version\":1", "Version\":99"));

    new TestRegistry(copy)
        .line("adapters list")
        .failsWith(ExitCode.INVALID, "99", "use a newer Graft");
    new TestRegistry(copy).line("store migrate").failsWith(ExitCode.INVALID, "99");
  }

  @Test
  void noticesAChangedByteOfABlobAndRepairsWhatItCan() throws IOException {
    TestRegistry copy = new TestRegistry(shop.copy(registry.store(), "damaged"));
    damage(copy.store());

    copy.run("predict", shop.bundle(), "--adapter", "acme/support", "--text", "x")
        .failsWith(ExitCode.INTEGRITY, "fsck");
    copy.run("adapters", "pull", "acme/support", "-o", shop.at("damaged-out"))
        .failsWith(ExitCode.INTEGRITY, "fsck");
    assertFalse(Files.exists(shop.at("damaged-out")));
    JsonNode report = copy.line("store fsck --json").expect(ExitCode.INTEGRITY).json();
    assertEquals("changed-blob", report.path("findings").get(0).path("kind").asText());
    assertTrue(copy.line("store fsck").expect(ExitCode.INTEGRITY).out().contains("damaged"));

    copy.line("store fsck --repair --note disk").expect(ExitCode.OK);
    copy.run("predict", shop.bundle(), "--adapter", "acme/support", "--text", "x")
        .failsWith(ExitCode.FORBIDDEN, "blocked");
    // What is lost is told until somebody brings it back, as by publishing it again.
    assertTrue(copy.line("store fsck").expect(ExitCode.INTEGRITY).out().contains("missing-blob"));
    copy.run("adapters", "add", shop.run(), "acme/support")
        .failsWith(ExitCode.FORBIDDEN, "blocked");
    copy.line("adapters activate acme/support@1").expect(ExitCode.OK);
    copy.line("store fsck").expect(ExitCode.OK);
  }

  @Test
  void doesNotReplaceALostIndex() throws IOException {
    TestRegistry copy = new TestRegistry(shop.copy(registry.store(), "lost"));
    Files.delete(copy.store().resolve("index.db"));

    copy.line("store init --dry-run").failsWith(ExitCode.INTEGRITY, "index.db", "backup");
    copy.line("store init").failsWith(ExitCode.INTEGRITY, "index.db", "backup");
  }

  private static void damage(Path store) throws IOException {
    try (Stream<Path> files = Files.walk(store.resolve("blobs"))) {
      Path largest =
          files
              .filter(Files::isRegularFile)
              .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
              .orElseThrow();
      byte[] bytes = Files.readAllBytes(largest);
      bytes[bytes.length / 2] ^= 1;
      assertTrue(largest.toFile().setWritable(true));
      Files.write(largest, bytes);
    }
  }

  @Test
  void publishesNothingFromWhatIsNoAdapter() throws IOException {
    Path nan = shop.copy(shop.adapter(), "nan");
    byte[] bytes = Files.readAllBytes(nan.resolve("adapter_model.safetensors"));
    for (int i = 1; i <= 4; i++) {
      bytes[bytes.length - i] = (byte) 0xff;
    }
    Files.write(nan.resolve("adapter_model.safetensors"), bytes);
    String before = registry.everything();

    registry.run("adapters", "add", nan, "acme/nan").failsWith(ExitCode.INVALID, "safetensors");
    registry.run("adapters", "add", shop.bundle(), "acme/x").failsWith(ExitCode.INVALID, "adapter");
    registry.run("adapters", "add", shop.at("no"), "acme/x").failsWith(ExitCode.NOT_FOUND, "no");
    registry.run("adapters", "add", shop.run(), "globex/x").failsWith(ExitCode.NOT_FOUND, "globex");
    assertEquals(before, registry.everything());
  }

  @Test
  void keepsControlCharactersOffTheScreen() {
    registry
        .run("adapters", "tag", "acme/support", "x", "--note", "a\u001b[31mb")
        .failsWith(ExitCode.USAGE, "control character");
    registry
        .run("adapters", "tag", "acme/support", "x", "--author", "  ")
        .failsWith(ExitCode.USAGE, "author");
  }
}
