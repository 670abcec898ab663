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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training from the registry's records and into it. */
class RetrainTest {
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

  private static Run train(Path data, Path run, Object... more) {
    List<Object> args = new ArrayList<>(List.of("train", shop.bundle(), "--data", data, "-o", run));
    args.addAll(List.of(more));
    return registry.run(args.toArray());
  }

  private static JsonNode options(Path run) {
    return registry.run("inspect", run, "--json").expect(ExitCode.OK).json().path("options");
  }

  @Test
  void trainsTheSameBytesFromARecord() {
    Run run =
        train(shop.data(), shop.at("same"), "--like", "acme/support", "--verify")
            .expect(ExitCode.OK);

    assertTrue(run.out().contains("the same bytes as acme/support"), run::out);
    JsonNode steps = options(shop.at("same")).path("maxSteps");
    assertEquals("12 record", steps.path("value") + " " + steps.path("origin").asText());
  }

  @Test
  void saysThatOtherOptionsGiveOtherBytes() {
    train(shop.data(), shop.at("other"), "--like", "acme/support", "--verify", "--seed", 7)
        .failsWith(ExitCode.INTEGRITY, "adapter_model.safetensors", "the run is kept");

    assertTrue(Files.exists(shop.at("other/adapter")));
    assertEquals("flag", options(shop.at("other")).path("seed").path("origin").asText());
  }

  @Test
  void refusesOtherDataUnlessItMayDiffer() {
    Path week2 =
        shop.write(
            "week2.jsonl",
            """
            {"text": "the sun", "label": "warm"}
            {"text": "the snow", "label": "cold"}
            """);

    train(week2, shop.at("out"), "--like", "acme/support")
        .failsWith(ExitCode.INVALID, "trainData is sha256:", "--data-changed");
    assertFalse(Files.exists(shop.at("out")));
    JsonNode published =
        train(
                week2,
                shop.at("week2"),
                "--like",
                "acme/support",
                "--data-changed",
                "--epochs",
                1,
                "--publish",
                "acme/support",
                "--tag",
                "week-2",
                "--json")
            .expect(ExitCode.OK)
            .json()
            .path("published");

    String reference = published.path("version").path("reference").asText();
    JsonNode shown = registry.run("adapters", "show", reference, "--json").json();
    assertEquals("acme/support@1", shown.path("parents").get(0).path("reference").asText());
    assertEquals("week-2", shown.path("tags").get(0).asText());
    assertEquals("[]", shown.path("aliases").toString());
    assertEquals("default", options(shop.at("week2")).path("maxSteps").path("origin").asText());
  }

  @Test
  void keepsARunThatAGateRefuses() {
    train(
            shop.data(),
            shop.at("refused"),
            "--max-steps",
            1,
            "--publish",
            "acme/support",
            "--require",
            "lastLoss<=0.0001")
        .failsWith(
            ExitCode.REFUSED, "lastLoss<=1.0E-4", "graft adapters add " + shop.at("refused"));

    assertTrue(Files.exists(shop.at("refused/adapter")));
  }

  @Test
  void refusesWhatCannotBePublishedBeforeItTrains() {
    train(shop.data(), shop.at("out"), "--publish", "amce/support")
        .failsWith(ExitCode.NOT_FOUND, "amce", "did you mean");
    train(shop.data(), shop.at("out"), "--alias", "prod")
        .failsWith(ExitCode.USAGE, "--publish TENANT/NAME");
    train(shop.data(), shop.at("out"), "--verify").failsWith(ExitCode.USAGE, "--like REF");
    assertFalse(Files.exists(shop.at("out")));
  }

  @Test
  void goesOnWithARunThatWasStartedLikeAVersion() throws IOException {
    Path run = shop.at("stopped");
    Object[] like = {"--like", "acme/often"};
    Object[] often = {"--max-steps", 12, "--checkpoint-every", 5, "--publish", "acme/often"};
    train(shop.data(), shop.at("often"), often).expect(ExitCode.OK);
    registry.line("adapters promote acme/often@1 --alias prod").expect(ExitCode.OK);
    train(shop.data(), run, like).expect(ExitCode.OK);
    NewFolder.delete(run.resolve("adapter"));
    List<Path> checkpoints;
    try (Stream<Path> found = Files.list(run.resolve("checkpoints"))) {
      checkpoints = found.sorted().toList();
    }
    assertTrue(checkpoints.size() > 1, checkpoints::toString);
    NewFolder.delete(checkpoints.get(checkpoints.size() - 1));

    Run resumed =
        train(shop.data(), run, "--like", "acme/often", "--resume", "--verify").expect(ExitCode.OK);

    assertTrue(resumed.err().contains("(from step 10)"), resumed::err);
    train(shop.data(), run, "--like", "acme/often", "--resume", "--seed", 7)
        .failsWith(ExitCode.INVALID, "cannot resume", "seed");
  }

  @Test
  void startsFromAVersionOnceMore() {
    train(
            shop.data(),
            shop.at("further"),
            "--max-steps",
            2,
            "--init-adapter",
            "acme/support@1",
            "--publish",
            "acme/further",
            "--alias",
            "prod")
        .expect(ExitCode.OK);

    train(shop.data(), shop.at("again"), "--like", "acme/further", "--verify").expect(ExitCode.OK);
  }
}
