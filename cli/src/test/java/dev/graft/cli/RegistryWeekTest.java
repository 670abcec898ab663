package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A customer's week: publish, promote, retrain, compare, go back, delete, clean up. */
class RegistryWeekTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    registry = TestRegistry.at(folder.resolve("store"), "acme");
  }

  private static JsonNode show(String reference) {
    return registry.run("adapters", "show", reference, "--json").expect(ExitCode.OK).json();
  }

  private static String answeredBy(String reference) {
    return registry
        .run("predict", shop.bundle(), "--adapter", reference, "--text", "hot sun")
        .expect(ExitCode.OK)
        .jsonLines()
        .get(0)
        .path("adapterDigest")
        .asText();
  }

  @Test
  void keepsACustomersWeek() throws IOException {
    // Monday: the first version goes live.
    Run added =
        registry.run(
            "adapters", "add", shop.run(), "acme/support", "--alias", "prod", "--note", "week 1");
    assertTrue(added.expect(ExitCode.OK).out().contains("acme/support@1"), added::out);
    String first = show("acme/support").path("version").path("digest").asText();
    assertEquals(first, answeredBy("acme/support"));

    // Tuesday: it is trained further, and the new version is a candidate.
    Path second = shop.at("second");
    JsonNode trained =
        registry
            .run(
                "train",
                shop.bundle(),
                "--data",
                shop.data(),
                "-o",
                second,
                "--max-steps",
                4,
                "--init-adapter",
                "acme/support:prod",
                "--publish",
                "acme/support",
                "--alias",
                "candidate",
                "--note",
                "week 2",
                "--json")
            .expect(ExitCode.OK)
            .json();
    assertEquals(
        "acme/support@2", trained.path("published").path("version").path("reference").asText());
    assertEquals(
        "acme/support@1", show("acme/support@2").path("parents").get(0).path("reference").asText());
    JsonNode difference =
        registry
            .line("adapters diff acme/support:prod acme/support:candidate --json")
            .expect(ExitCode.OK)
            .json();
    assertFalse(difference.path("same").asBoolean());
    for (JsonNode module : difference.path("modules")) {
      assertTrue(module.path("differenceNorm").asDouble() > 0, module::toString);
      assertTrue(module.path("inputOverlap").asDouble() > 0.5, module::toString);
    }

    // Wednesday: it goes live, if nobody was faster.
    registry
        .line("adapters promote acme/support:candidate --alias prod --expect @1")
        .expect(ExitCode.OK);
    assertNotEquals(first, answeredBy("acme/support"));
    registry
        .line("adapters promote acme/support@2 --alias prod --expect @1")
        .failsWith(ExitCode.CONFLICT, "version 1", "version 2");

    // Thursday night: back.
    JsonNode back =
        registry
            .run(
                "adapters",
                "rollback",
                "acme/support",
                "--alias",
                "prod",
                "--note",
                "wrong answers",
                "--json")
            .expect(ExitCode.OK)
            .json();
    assertEquals(2, back.path("before").path("version").asInt());
    assertEquals(1, back.path("after").path("version").asInt());
    assertEquals(first, answeredBy("acme/support:prod"));
    List<String> moves =
        registry
            .line("adapters history acme/support --alias prod --json")
            .json()
            .path("moves")
            .findValuesAsText("move");
    assertEquals(List.of("rollback", "promote", "promote"), moves);

    // Friday: the bad one is refused at once, then deleted, and its files go.
    registry.run("adapters", "block", "acme/support@2", "--note", "leaks").expect(ExitCode.OK);
    registry
        .run("predict", shop.bundle(), "--adapter", "acme/support:candidate", "--text", "x")
        .failsWith(ExitCode.FORBIDDEN, "blocked");
    registry
        .line("adapters delete acme/support@2")
        .failsWith(ExitCode.FORBIDDEN, "candidate", "point to it");
    registry.line("adapters unalias acme/support --alias candidate").expect(ExitCode.OK);
    registry.line("adapters delete acme/support@2").expect(ExitCode.OK);
    JsonNode collected = registry.line("store gc --grace 0 --json").expect(ExitCode.OK).json();
    assertTrue(collected.path("blobs").asInt() > 0, collected::toString);
    assertTrue(
        registry.line("store fsck --json").expect(ExitCode.OK).json().path("sound").asBoolean());
    assertTrue(
        registry
            .line("adapters audit --verify --json")
            .expect(ExitCode.OK)
            .json()
            .path("sound")
            .asBoolean());

    // What is live for this customer, since when, made from what, how good, who changed it?
    JsonNode live = show("acme/support");
    assertEquals("acme/support@1", live.path("version").path("reference").asText());
    assertEquals("ann", live.path("aliases").get(0).path("author").asText());
    assertEquals("wrong answers", live.path("aliases").get(0).path("note").asText());
    assertTrue(live.path("version").path("metrics").has("lastLoss"), live::toString);
    registry.run("adapters", "pull", "acme/support", "-o", shop.at("pulled")).expect(ExitCode.OK);
    assertEquals(
        Files.readString(shop.adapter().resolve("graft.json")),
        Files.readString(shop.at("pulled/graft.json")));
    assertFalse(registry.line("adapters history acme/support").expect(ExitCode.OK).out().isBlank());
  }
}
