package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command on the registry: its answer for programs, and for people. */
class RegistryCommandsTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    registry = TestRegistry.at(folder.resolve("store"), "acme");
    shop.train(shop.at("second"), "--seed", 2).expect(ExitCode.OK);
    registry
        .run("adapters", "add", shop.run(), "acme/support", "--alias", "prod", "--tag", "week-1")
        .expect(ExitCode.OK);
    registry
        .run("adapters", "add", shop.at("second"), "acme/support", "--parent", "acme/support@1")
        .expect(ExitCode.OK);
  }

  private static JsonNode answer(String line) {
    return registry.line(line + " --json").expect(ExitCode.OK).json();
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** The shapes that docs/formats/registry-json.md promises. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "adapters list | adapters",
        "adapters list acme | adapters",
        "adapters list acme/support | adapter, versions",
        "adapters show acme/support | version, aliases, parents, tags, files, signatures",
        "adapters show acme/support --training | version, aliases, parents, tags, files, signatures, training",
        "adapters history acme/support | adapter, events",
        "adapters history acme/support --alias prod | adapter, alias, moves",
        "adapters diff acme/support@1 acme/support@2 | first, second, same, configuration, metrics, modules, onlyInFirst, onlyInSecond",
        "adapters promote acme/support@2 --alias prod --dry-run | adapter, alias, before, after, moved, skipped, dryRun",
        "adapters unalias acme/support --alias prod --dry-run | adapter, alias, before, after, moved, skipped, dryRun",
        "adapters deprecate acme/support@2 --dry-run | version, before, dryRun",
        "adapters tag acme/support@2 golden --dry-run | reference, tag, changed, dryRun",
        "adapters untag acme/support@1 week-1 --dry-run | reference, tag, changed, dryRun",
        "adapters lineage acme/support | root, versions, links",
        "adapters search | versions",
        "adapters audit | lines",
        "adapters audit acme | lines",
        "adapters audit acme/support | lines",
        "adapters audit --verify | sound, lines, problems",
        "tenants list | tenants",
        "tenants show acme | tenant, versions, sizeBytes, maxVersions, maxBytes, state, keyId, signatures, author, time, note, adapters, trustedKeys",
        "tenants create globex --dry-run | tenant, versions, sizeBytes, maxVersions, maxBytes, state, keyId, signatures, author, time, note, dryRun",
        "tenants quota acme --max-bytes 1GiB --dry-run | tenant, versions, sizeBytes, maxVersions, maxBytes, state, keyId, signatures, author, time, note, dryRun",
        "store init | store, created, dryRun",
        "store stats | store, tenants, adapters, versions, sizeBytes, blobs, blobBytes, auditLines",
        "store fsck | sound, versions, blobs, findings",
        "store gc | blobs, sizeBytes, keptYoung, temporary, dryRun",
        "store migrate | store, from, to, dryRun",
      })
  void answersProgramsWithTheKeysOfTheDocuments(String line, String expected) {
    assertEquals(List.of(expected.split(", ")), keys(answer(line)));
    assertFalse(registry.line(line).expect(ExitCode.OK).out().isBlank());
  }

  @Test
  void describesAVersion() {
    JsonNode version = answer("adapters show acme/support@1").path("version");

    assertEquals(
        List.of(
            "reference",
            "adapter",
            "version",
            "state",
            "digest",
            "manifest",
            "baseDigest",
            "tokenizerDigest",
            "type",
            "rank",
            "sizeBytes",
            "metrics",
            "author",
            "time",
            "note"),
        keys(version));
    assertEquals(
        answer("adapters show acme/support@" + version.path("digest").asText()).path("version"),
        version);
    assertEquals("LORA", version.path("type").asText());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adapters promote acme/support@2 --alias prod",
        "adapters promote acme/support@2 --alias fresh",
        "adapters unalias acme/support --alias prod",
        "adapters block acme/support@1",
        "adapters deprecate acme/support@2",
        "adapters delete acme/support@2",
        "adapters tag acme/support@2 golden",
        "adapters untag acme/support@1 week-1",
        "tenants create globex --max-versions 3",
        "tenants quota acme --max-bytes 1GiB",
        "store gc --grace 0",
        "store init",
        "store migrate",
      })
  void changesNothingInADryRun(String line) {
    String before = registry.everything();

    Run run = registry.line(line + " --dry-run --note try").expect(ExitCode.OK);

    assertTrue(run.out().startsWith("dry run: "), run::out);
    assertEquals(before, registry.everything());
  }

  @Test
  void publishesNothingInADryRun() {
    String before = registry.everything();

    JsonNode answer =
        registry
            .run(
                "adapters",
                "add",
                shop.run(),
                "acme/other",
                "--alias",
                "prod",
                "--dry-run",
                "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(
        List.of("version", "isNew", "alias", "signedBy", "probesChecked", "warnings", "dryRun"),
        keys(answer));
    assertEquals("acme/other@1", answer.path("version").path("reference").asText());
    assertEquals(before, registry.everything());
  }

  @Test
  void findsVersions() {
    assertEquals(1, answer("adapters search --tag week-1").path("versions").size());
    assertEquals(2, answer("adapters search sup --tenant acme").path("versions").size());
    assertEquals(0, answer("adapters search --metric lastLoss<0").path("versions").size());
    assertEquals(0, answer("adapters search --state blocked").path("versions").size());
    assertEquals(1, answer("adapters search --limit 1").path("versions").size());
    String digest = answer("adapters show acme/support@1").path("version").path("digest").asText();
    assertEquals(
        1, answer("adapters search --tag week-1 --digest " + digest).path("versions").size());
  }

  @Test
  void drawsTheFamily() {
    assertEquals(
        "acme/support@1",
        answer("adapters lineage acme/support@2").path("links").get(0).path("parent").asText());
    String dot = registry.line("adapters lineage acme/support@2 --format dot").out();
    assertTrue(dot.contains("\"acme/support@1\" -> \"acme/support@2\" [label=\"retrained\"]"), dot);
    String tree = registry.line("adapters lineage acme/support@2").out();
    assertTrue(tree.contains("  * acme/support@2 (retrained)"), tree);
  }

  @Test
  void warnsOfADeprecatedVersionAndRefusesABlockedOne() {
    registry.run("adapters", "add", shop.run(), "acme/old", "--alias", "prod").expect(ExitCode.OK);
    registry.line("adapters deprecate acme/old").expect(ExitCode.OK);
    Object[] predict = {"predict", shop.bundle(), "--adapter", "acme/old", "--text", "hot sun"};

    Run warned = registry.run(predict).expect(ExitCode.OK);
    assertTrue(warned.err().contains("acme/old@1 is deprecated"), warned::err);
    registry.line("adapters block acme/old").expect(ExitCode.OK);
    registry.run(predict).failsWith(ExitCode.FORBIDDEN, "acme/old:prod is blocked");
    registry
        .run("adapters", "add", shop.run(), "acme/old")
        .failsWith(ExitCode.FORBIDDEN, "blocked");
    registry.line("adapters activate acme/old").expect(ExitCode.OK);
    assertEquals("", registry.run(predict).expect(ExitCode.OK).err());
  }

  @Test
  void takesAReferenceWhereverAnAdapterIsTaken() {
    JsonNode prediction =
        registry
            .run(
                "predict",
                shop.bundle(),
                "--adapter",
                "acme/support",
                "--adapter",
                "new=acme/support@2",
                "--data",
                shop.write(
                    "mixed.jsonl",
                    """
                    {"text": "hot sun", "adapter": "acme/support"}
                    {"text": "hot sun", "adapter": "new"}
                    """))
            .expect(ExitCode.OK)
            .jsonLines()
            .get(0);
    assertEquals("acme/support", prediction.path("adapter").asText());
    assertEquals(
        answer("adapters show acme/support").path("version").path("digest"),
        prediction.path("adapterDigest"));

    registry
        .run("eval", shop.bundle(), "--data", shop.data(), "--adapter", "acme/support")
        .expect(ExitCode.OK);
    registry
        .run("merge", shop.bundle(), "--adapter", "acme/support@2", "-o", shop.at("merged"))
        .expect(ExitCode.OK);
    registry
        .run("convert", "acme/support", "-o", shop.at("a.onnx_adapter"), "--to", "onnx_adapter")
        .expect(ExitCode.OK);
    assertEquals("adapter", answer("inspect acme/support@2").path("kind").asText());
    registry
        .run("embed", shop.bundle(), "--adapter", "acme/support", "--text", "x")
        .expect(ExitCode.OK);
  }

  @Test
  void knowsWhatAVersionWasCombinedOf() {
    registry
        .run(
            "adapters",
            "combine",
            "acme/support@1:0.75",
            "acme/support@2:0.25",
            "--saved",
            "first",
            "-o",
            shop.at("both"))
        .expect(ExitCode.OK);

    registry
        .run("adapters", "add", shop.at("both"), "acme/both", "--alias", "prod")
        .expect(ExitCode.OK);

    JsonNode parents = answer("adapters show acme/both").path("parents");

    assertEquals(
        List.of("acme/support@1", "acme/support@2"), parents.findValuesAsText("reference"));
    assertEquals(0.75, parents.get(0).path("weight").asDouble());
    assertEquals("merged", parents.get(0).path("relation").asText());
  }

  @Test
  void prefersWhatIsOnTheDisk() throws IOException {
    Path near = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "near");
    Files.delete(near);
    shop.copy(shop.adapter(), near.toAbsolutePath().toString());
    try {
      assertEquals("adapter", answer("inspect " + near).path("kind").asText());
    } finally {
      NewFolder.delete(near);
    }
  }

  @Test
  void namesBothReadingsOfWhatIsNeither() {
    Object[] words = {"predict", shop.bundle(), "--text", "x", "--adapter", ""};
    words[5] = "acme/suport";
    registry
        .run(words)
        .failsWith(ExitCode.NOT_FOUND, "there is no folder 'acme/suport'", "did you mean");
    words[5] = "Acme/support";
    registry
        .run(words)
        .failsWith(
            ExitCode.NOT_FOUND, "there is no folder 'Acme/support'", "nor is it a version", "acme");
    words[5] = "acme/support@0";
    registry.run(words).failsWith(ExitCode.NOT_FOUND, "nor is it a version");
    Run.with(Map.of("GRAFT_STORE", shop.at("none").toString()), "", "inspect", "a/b")
        .failsWith(ExitCode.NOT_FOUND, "there is no folder 'a/b'", "no registry");
    registry.run("inspect", "./a/b").failsWith(ExitCode.NOT_FOUND, "there is no './a/b'");
  }

  @Test
  void refusesAReferenceForAnotherBase() throws IOException {
    Path other = shop.at("other");
    Path model = TinyEncoders.write(other, TinyEncoders.Style.TORCHSCRIPT, 2);
    registry
        .run("export", model, "-o", other.resolve("b"), "--task", "text-classification")
        .expect(ExitCode.OK);

    registry
        .run("predict", other.resolve("b"), "--adapter", "acme/support", "--text", "x")
        .failsWith(ExitCode.INVALID, "base", "sha256:");
  }

  @Test
  void holdsGatesAndQuotas() {
    Object[] add = {"adapters", "add", shop.run(), "small/one", "--require", "lastLoss<5"};
    registry.line("tenants create small --max-versions 1").expect(ExitCode.OK);
    registry.run(add).expect(ExitCode.OK);
    registry
        .run("adapters", "add", shop.at("second"), "small/one")
        .failsWith(ExitCode.RESOURCE, "1 of 1 versions");
    registry.line("tenants quota small --max-versions none").expect(ExitCode.OK);
    registry
        .run("adapters", "add", shop.at("second"), "small/one", "--require", "evalAccuracy>=0.9")
        .failsWith(ExitCode.REFUSED, "evalAccuracy");
    registry
        .run("adapters", "add", shop.at("second"), "small/one", "--alias", "prod", "--expect", "@9")
        .failsWith(ExitCode.CONFLICT, "no such alias");
    assertEquals(1, answer("adapters list small/one").path("versions").size());
  }

  @Test
  void followsTheLog() {
    List<JsonNode> lines =
        registry
            .line("store watch --after 0 --for 0 --tenant acme --json")
            .expect(ExitCode.OK)
            .jsonLines();

    assertEquals("create-tenant", lines.get(0).path("action").asText());
    assertEquals("publish", lines.get(1).path("action").asText());
  }

  @Test
  void showsTheLogOfOneTenantOrAdapter() {
    registry.run("adapters", "add", shop.run(), "acme/logged", "--note", "x").expect(ExitCode.OK);
    registry.line("adapters tag acme/logged@1 seen").expect(ExitCode.OK);

    assertEquals(
        List.of("tag", "publish"),
        answer("adapters audit acme/logged").path("lines").findValuesAsText("action"));
    assertEquals(1, answer("adapters audit acme/logged --limit 1").path("lines").size());
    assertEquals(answer("adapters audit --tenant acme"), answer("adapters audit acme"));
    registry.line("adapters audit acme/loged").failsWith(ExitCode.NOT_FOUND, "did you mean");
    registry.line("adapters audit amce").failsWith(ExitCode.NOT_FOUND, "did you mean");
  }

  @Test
  void saysInTheLogWhoMadeTheRegistry() {
    TestRegistry other = new TestRegistry(shop.at("noted"));
    other.line("store init --note monday --dry-run").expect(ExitCode.OK);
    assertFalse(Files.exists(shop.at("noted")));

    other.line("store init --note monday").expect(ExitCode.OK);
    other.line("store init --note tuesday").expect(ExitCode.OK);
    other.line("store migrate --note never").expect(ExitCode.OK);

    JsonNode lines = other.line("adapters audit --json").expect(ExitCode.OK).json().path("lines");
    assertEquals(1, lines.size());
    assertEquals("create-store", lines.get(0).path("action").asText());
    assertEquals("ann", lines.get(0).path("author").asText());
    assertEquals("monday", lines.get(0).path("note").asText());
  }

  @Test
  void saysWhatStoringOnceSaves() {
    JsonNode before = answer("store stats");
    registry.line("tenants create twin").expect(ExitCode.OK);
    registry.run("adapters", "add", shop.run(), "twin/support").expect(ExitCode.OK);

    JsonNode after = answer("store stats");

    assertEquals(before.path("blobBytes"), after.path("blobBytes"));
    assertEquals(before.path("blobs"), after.path("blobs"));
    assertTrue(after.path("sizeBytes").asLong() > before.path("sizeBytes").asLong());
    assertTrue(
        after.path("sizeBytes").asLong() > after.path("blobBytes").asLong(), after::toString);
  }

  @Test
  void showsMoreColumnsOnAWiderScreen() {
    assertTrue(widest("adapters list", 80) <= 80);
    assertTrue(widest("adapters list", 120) > 80);
    assertTrue(widest("adapters list acme/support", 80) <= 80);
    assertTrue(widest("adapters audit", 80) <= 80);
  }

  private static int widest(String line, int columns) {
    return registry.onScreen(columns, line).lines().mapToInt(String::length).max().orElse(0);
  }

  @Test
  void listsItsCommandsForCompletion() {
    String script = Run.of("completion").expect(ExitCode.OK).out();

    for (String word : List.of("rollback", "lineage", "tenants", "fsck", "--not-worse-than")) {
      assertTrue(script.contains(word), word);
    }
  }
}
