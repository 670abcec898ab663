package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command, from its arguments to its answer, on a tiny encoder. */
class CommandsTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
  }

  @Test
  void exportsAModel() {
    JsonNode answer =
        Run.of(
                "export",
                shop.model(),
                "-o",
                shop.at("qv"),
                "--task",
                "text-classification",
                "--targets",
                "query,value",
                "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(4, answer.path("slots").size());
    assertEquals("mean", answer.path("pooling").asText());
  }

  @Test
  void trainsAnAdapterThatKnowsItsLabels() {
    JsonNode answer = shop.train(shop.at("again"), "--json").expect(ExitCode.OK).json();

    assertEquals(12, answer.path("steps").asInt());
    assertTrue(answer.path("loss").asDouble() < 0.5, answer::toString);
    assertTrue(Files.exists(shop.at("again/metrics.jsonl")));
    assertTrue(Files.exists(shop.at("again/adapter/adapter_model.safetensors")));
  }

  @Test
  void writesWhereEveryValueCameFrom() {
    Path config =
        shop.write(
            "run.yaml",
            "alpha: 4\nmax-steps: 3\nlora-dropout: 0.25\ntargets: [query, key]\nrank: 2\n");

    Run.with(
            Map.of("GRAFT_ALPHA", "6", "GRAFT_RANK", "3"),
            "",
            "train",
            shop.bundle(),
            "--data",
            shop.data(),
            "-o",
            shop.at("origins"),
            "--config",
            config,
            "--rank",
            "5")
        .expect(ExitCode.OK);

    JsonNode options =
        Run.of("inspect", shop.at("origins"), "--json").expect(ExitCode.OK).json().path("options");
    assertEquals("5 flag", valueAndOrigin(options, "rank"));
    assertEquals("6.0 env", valueAndOrigin(options, "alpha"));
    assertEquals("3 file", valueAndOrigin(options, "maxSteps"));
    assertEquals("0.25 file", valueAndOrigin(options, "loraDropout"));
    assertEquals("[\"query\",\"key\"] file", valueAndOrigin(options, "targets"));
    assertEquals("true default", valueAndOrigin(options, "shuffle"));
    Run adapter = Run.of("inspect", shop.at("origins/adapter")).expect(ExitCode.OK);
    assertTrue(adapter.out().contains("0.25, while it is trained"), adapter::out);
  }

  private static String valueAndOrigin(JsonNode options, String name) {
    JsonNode option = options.path(name);
    return option.path("value") + " " + option.path("origin").asText();
  }

  @Test
  void switchesShufflingOff() {
    Run.of(
            "train",
            shop.bundle(),
            "--data",
            shop.data(),
            "-o",
            shop.at("ordered"),
            "--max-steps",
            "2",
            "--no-shuffle",
            "--bucketing=false")
        .expect(ExitCode.OK);

    JsonNode options = Run.of("inspect", shop.at("ordered"), "--json").json().path("options");
    assertEquals("false flag", valueAndOrigin(options, "shuffle"));
    assertEquals("false flag", valueAndOrigin(options, "bucketing"));
  }

  @Test
  void evaluatesAnAdapter() {
    JsonNode answer =
        Run.of("eval", shop.bundle(), "--data", shop.data(), "--adapter", shop.run(), "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(8, answer.path("count").asInt());
    assertEquals(1.0, answer.path("accuracy").asDouble());
    assertEquals(4, answer.path("confusion").path("warm").path("warm").asInt());
    assertEquals(1.0, answer.path("labels").path("cold").path("recall").asDouble());
  }

  @Test
  void saysWhatTheBaseKnowsWithoutAnAdapter() {
    JsonNode answer =
        Run.of("eval", shop.bundle(), "--data", shop.data(), "--json").expect(ExitCode.OK).json();

    assertEquals("nearest-class-mean", answer.path("method").asText());
    assertEquals(2, answer.path("labels").asInt());
  }

  @Test
  void predictsLinesOfStandardInput() {
    List<JsonNode> answers =
        Run.with(
                Map.of(),
                "hot sun\n\ncold snow\n",
                "predict",
                shop.bundle(),
                "--adapter",
                shop.run())
            .expect(ExitCode.OK)
            .jsonLines();

    assertEquals(
        List.of("warm", "cold"), answers.stream().map(a -> a.path("label").asText()).toList());
  }

  @Test
  void predictsWithLogitsAndTheBestLabels() {
    JsonNode answer =
        Run.of(
                "predict",
                shop.bundle(),
                "--adapter",
                shop.adapter(),
                "--text",
                "hot sun",
                "--logits",
                "--top",
                "2")
            .expect(ExitCode.OK)
            .jsonLines()
            .get(0);

    assertEquals("[\"cold\",\"warm\"]", answer.path("labels").toString());
    assertTrue(answer.path("logits").get(1).asDouble() > answer.path("logits").get(0).asDouble());
    assertEquals("cold", answer.path("top").get(1).path("label").asText());
  }

  @Test
  void answersEveryRowWithTheAdapterItNames() {
    Path animals =
        shop.write(
            "animals.jsonl",
            """
            {"text": "the cat", "label": "cat"}
            {"text": "a red cat", "label": "cat"}
            {"text": "the dog", "label": "dog"}
            {"text": "a blue dog", "label": "dog"}
            """);
    Run.of("train", shop.bundle(), "--data", animals, "-o", shop.at("animals"), "--rank", "2")
        .expect(ExitCode.OK);
    Path mixed =
        shop.write(
            "mixed.jsonl",
            """
            {"text": "hot sun", "adapter": "weather"}
            {"text": "the dog", "adapter": "animals"}
            """);

    List<JsonNode> answers =
        Run.of(
                "predict",
                shop.bundle(),
                "--adapter",
                "weather=" + shop.run(),
                "--adapter",
                "animals=" + shop.at("animals"),
                "--data",
                mixed,
                "--logits")
            .expect(ExitCode.OK)
            .jsonLines();

    assertEquals("[\"cold\",\"warm\"]", answers.get(0).path("labels").toString());
    assertEquals("[\"cat\",\"dog\"]", answers.get(1).path("labels").toString());
    assertNotEquals(answers.get(0).path("adapterDigest"), answers.get(1).path("adapterDigest"));
  }

  @Test
  void takesALongTextOnTheCommandLine() throws Exception {
    Path said = shop.at("long.json");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.graft.cli.Main",
                "embed",
                shop.bundle().toString(),
                "--text",
                "hot sun ".repeat(12_000))
            .redirectOutput(said.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();

    assertEquals(0, process.waitFor());
    assertTrue(Files.readString(said).contains("\"truncated\":true"));
  }

  @Test
  void embedsNormalisedVectors() {
    JsonNode vector =
        Run.of("embed", shop.bundle(), "--text", "hot sun", "--normalize")
            .expect(ExitCode.OK)
            .jsonLines()
            .get(0)
            .path("embedding");

    double square = 0;
    for (JsonNode value : vector) {
      square += value.asDouble() * value.asDouble();
    }
    assertEquals(32, vector.size());
    assertEquals(1.0, square, 1e-5);
  }

  @Test
  void mergesAndSaysTheDifference() {
    JsonNode answer =
        Run.of("merge", shop.bundle(), "--adapter", shop.run(), "-o", shop.at("merged"), "--json")
            .expect(ExitCode.OK)
            .json();

    assertTrue(answer.path("maxAbsDiff").asDouble() < 1e-4, answer::toString);
    assertTrue(Files.exists(shop.at("merged/model.onnx")));
  }

  @Test
  void convertsThereAndBack() {
    Path file = shop.at("adapter.onnx_adapter");
    Run.of("convert", shop.run(), "-o", file, "--to", "onnx_adapter").expect(ExitCode.OK);
    Run.of("convert", file, "-o", shop.at("back"), "--to", "peft").expect(ExitCode.OK);

    double before = logit(shop.run());
    assertEquals(before, logit(file), 1e-5);
    assertEquals(before, logit(shop.at("back")), 1e-5);
  }

  private static double logit(Path adapter) {
    return Run.of("predict", shop.bundle(), "--adapter", adapter, "--text", "hot", "--logits")
        .expect(ExitCode.OK)
        .jsonLines()
        .get(0)
        .path("logits")
        .get(0)
        .asDouble();
  }

  @Test
  void inspectsEveryKindOfThing() {
    assertEquals("model", kind(shop.model()));
    assertEquals("bundle", kind(shop.bundle()));
    assertEquals("adapter", kind(shop.adapter()));
    assertEquals("run", kind(shop.run()));
    for (Path path : List.of(shop.model(), shop.bundle(), shop.adapter(), shop.run())) {
      assertFalse(Run.of("inspect", path).expect(ExitCode.OK).out().isBlank());
    }
  }

  private static String kind(Path path) {
    return Run.of("inspect", path, "--json").expect(ExitCode.OK).json().path("kind").asText();
  }

  @Test
  void inspectsAndConvertsAPrefixAndRefusesItWhereItHasNoPlace() throws IOException {
    PrefixWeights weights = PrefixInit.random(PrefixConfig.of(5, 2, 3, 4), 1);
    Path prefix = shop.at("prefix");
    new PeftFormat()
        .write(Adapter.of(weights.config(), weights, Map.of(), GraftRecord.empty()), prefix);

    JsonNode facts = Run.of("inspect", prefix, "--json").expect(ExitCode.OK).json();
    assertEquals("PREFIX_TUNING", facts.path("type").asText());
    assertEquals(5, facts.path("prefix").path("virtualTokens").asInt());
    assertTrue(Run.of("inspect", prefix).out().contains("5 virtual tokens, 3 heads of 4"));

    Path file = shop.at("prefix.onnx_adapter");
    Run.of("convert", prefix, "-o", file, "--to", "onnx_adapter").expect(ExitCode.OK);
    assertEquals(facts.path("digest"), Run.of("inspect", file, "--json").json().path("digest"));

    Run.of("predict", shop.bundle(), "--adapter", prefix, "--text", "warm")
        .failsWith(ExitCode.INVALID, "PREFIX_TUNING");
  }

  @Test
  void listsTheModulesAndGradientsOfAModel() {
    JsonNode model = Run.of("inspect", shop.model(), "--json").json();

    assertEquals(12, model.path("linearModules").size());
    assertTrue(model.path("trainable").asBoolean(), model::toString);
    assertTrue(model.path("patterns").path("layer-norm").asInt() > 0, model::toString);
  }

  @Test
  void verifiesABundle() {
    Run run = Run.of("inspect", shop.bundle(), "--verify").expect(ExitCode.OK);

    assertTrue(run.out().contains("every file has the digest"), run::out);
  }

  @Test
  void checksDataWithItsTokens() {
    Path other = shop.write("other.jsonl", "{\"text\": \"The sun is HOT\", \"label\": \"hot\"}\n");

    JsonNode report =
        Run.of("data", "check", shop.data(), other, "--bundle", shop.bundle(), "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(8, report.path("first").path("rows").asInt());
    assertTrue(report.path("first").path("tokens").path("lengths").path("max").asInt() > 3);
    assertEquals(1, report.path("leakage").path("normalizedRows").asInt());
    assertEquals("hot", report.path("leakage").path("unknownLabels").get(0).asText());
    assertTrue(
        Run.of("data", "check", shop.data(), other).out().contains("! 1 rows of the second"));
  }

  @Test
  void resumesAFinishedRunToTheSameAdapter() {
    JsonNode before = shop.train(shop.at("resumed"), "--json").expect(ExitCode.OK).json();

    JsonNode after =
        shop.train(shop.at("resumed"), "--resume", "--json").expect(ExitCode.OK).json();

    assertEquals(before.path("digests").path("adapter"), after.path("digests").path("adapter"));
  }

  @Test
  void saysThatThisMachineIsWell() {
    JsonNode answer = Run.of("doctor", "--json").expect(ExitCode.OK).json();

    assertTrue(answer.path("ok").asBoolean());
    assertEquals("self-test", answer.path("checks").get(7).path("name").asText());
  }

  @Test
  void warnsOfAVariableThatIsNone() {
    Run run = Run.with(Map.of("GRAFT_MAXSTEPS", "3"), "", "doctor").expect(ExitCode.OK);

    assertTrue(
        run.out().contains("GRAFT_MAXSTEPS is no variable of Graft; did you mean"), run::out);
  }
}
