package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code graft generate} on a tiny decoder, from its arguments to its answers. */
class GenerateTest {
  @TempDir static Path folder;
  private static TextWorkshop shop = new TextWorkshop(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = TextWorkshop.furnished(folder);
  }

  private static Run generate(Object... more) {
    List<Object> args = new ArrayList<>(List.of("generate", shop.bundle()));
    args.addAll(List.of("--threads", 1, "--max-new-tokens", 12));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  private static JsonNode answer(Object... more) {
    List<Object> args = new ArrayList<>(List.of(more));
    args.add("--json");
    return generate(args.toArray()).expect(ExitCode.OK).jsonLines().get(0);
  }

  private static Run both(Object... more) {
    List<Object> args =
        new ArrayList<>(List.of("--adapter", shop.named("yes"), "--adapter", shop.named("no")));
    args.addAll(List.of(more));
    return generate(args.toArray());
  }

  @Test
  void writesTheTextOfAPromptAlone() {
    Run run = generate("--prompt", "hello").expect(ExitCode.OK);
    JsonNode answer = answer("--prompt", "hello");

    assertEquals(answer.path("text").asText() + System.lineSeparator(), run.out());
    assertEquals("length", answer.path("finishReason").asText());
    assertEquals(12, answer.path("tokens").size());
    assertEquals(5, answer.path("promptTokens").asInt());
    assertEquals("", answer.path("adapter").asText());
    assertTrue(run.err().contains("cut after 12 tokens"), run::err);
  }

  @Test
  void answersAsTheAdapterWasTaught() {
    Object[] chat = {"--chat", "--prompt", "hello", "--adapter", shop.at("yes")};

    assertEquals("yes, it is" + System.lineSeparator(), generate(chat).expect(ExitCode.OK).out());
    assertEquals("stop", answer(chat).path("finishReason").asText());
  }

  @Test
  void answersAsAVersionOfTheRegistryWasTaught() {
    TestRegistry registry = TestRegistry.at(shop.at("store"), "acme");
    registry
        .run("adapters", "add", shop.at("yes"), "acme/tone", "--alias", "prod")
        .expect(ExitCode.OK);
    JsonNode version = registry.line("adapters show acme/tone --json").json().path("version");

    JsonNode answer =
        registry
            .run(
                "generate",
                shop.bundle(),
                "--adapter",
                "acme/tone",
                "--chat",
                "--prompt",
                "hello",
                "--json",
                "--max-new-tokens",
                12)
            .expect(ExitCode.OK)
            .jsonLines()
            .get(0);

    assertEquals("yes, it is", answer.path("text").asText());
    assertEquals("acme/tone", answer.path("adapter").asText());
    assertEquals(version.path("digest"), answer.path("adapterDigest"));
    registry
        .run("eval", shop.bundle(), "--adapter", "acme/tone@1", "--data", shop.at("yes.jsonl"))
        .expect(ExitCode.OK);
    Run chat =
        Run.with(
                Map.of("GRAFT_STORE", registry.store().toString()),
                "hello\n",
                "chat",
                shop.bundle(),
                "--adapter",
                "acme/tone")
            .expect(ExitCode.OK);
    assertTrue(chat.out().contains("yes, it is"), chat::out);
  }

  @Test
  void answersEveryRowWithTheAdapterItNames() throws IOException {
    String ask =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}], \"adapter\": \"%s\"}\n";
    Path data =
        shop.write("mixed.jsonl", ask.formatted("no") + ask.formatted("yes") + ask.formatted("no"));

    List<JsonNode> answers = both("--data", data).expect(ExitCode.OK).jsonLines();

    assertEquals(
        List.of("no", "yes, it is", "no"),
        answers.stream().map(a -> a.path("text").asText()).toList());
    assertEquals(
        List.of("no", "yes", "no"), answers.stream().map(a -> a.path("adapter").asText()).toList());
    assertEquals(answers.get(0).path("adapterDigest"), answers.get(2).path("adapterDigest"));
    assertNotEquals(answers.get(0).path("adapterDigest"), answers.get(1).path("adapterDigest"));
  }

  @Test
  void takesPromptsFromColumnsWithTheAdapterOfTheRow() throws IOException {
    Path data = shop.write("mixed.csv", "name,adapter\nhello,yes\nhello,no\n");

    List<JsonNode> answers =
        both("--data", data, "--chat", "--template", "{name}").expect(ExitCode.OK).jsonLines();

    assertEquals("yes, it is", answers.get(0).path("text").asText());
    assertEquals("no", answers.get(1).path("text").asText());
  }

  @Test
  void answersLinesOfStandardInput() {
    Object[] args = {"generate", shop.bundle(), "--threads", 1, "--max-new-tokens", 3};

    List<JsonNode> answers =
        Run.with(Map.of(), "hello\n\nis it so?\n", args).expect(ExitCode.OK).jsonLines();

    assertEquals(2, answers.size());
    assertEquals(9, answers.get(1).path("promptTokens").asInt());
  }

  @Test
  void putsAPromptIntoTheTemplateAsARowOfMessagesWouldBe() throws IOException {
    Path data =
        shop.write(
            "asked.jsonl",
            """
            {"messages": [{"role": "system", "content": "be short"}, {"role": "user", "content": "hello"}]}
            """);

    JsonNode asked = answer("--chat", "--system", "be short", "--prompt", "hello");

    assertEquals(asked.path("tokens"), answer("--data", data).path("tokens"));
    assertNotEquals(asked.path("promptTokens"), answer("--prompt", "hello").path("promptTokens"));
  }

  @Test
  void drawsTheSameTextFromTheSameSeedAndSaysWhichItWas() {
    JsonNode drawn = answer("--prompt", "hello", "--temperature", "1.5");
    JsonNode again =
        answer("--prompt", "hello", "--temperature", "1.5", "--seed", drawn.path("seed").asLong());
    JsonNode other =
        answer(
            "--prompt", "hello", "--temperature", "1.5", "--seed", drawn.path("seed").asLong() + 1);

    assertEquals(drawn.path("tokens"), again.path("tokens"));
    assertNotEquals(drawn.path("tokens"), other.path("tokens"));
    assertTrue(answer("--prompt", "hello").path("seed").isMissingNode());
  }

  @Test
  void endsAtAStopString() {
    JsonNode answer =
        answer("--chat", "--prompt", "hello", "--adapter", shop.at("yes"), "--stop", ", ");

    assertEquals("yes", answer.path("text").asText());
    assertEquals("stop", answer.path("finishReason").asText());
  }

  @Test
  void answersLogProbabilities() {
    JsonNode scores = answer("--prompt", "hello", "--logprobs", "2").path("logprobs");

    assertEquals(12, scores.size());
    for (JsonNode score : scores) {
      assertEquals(2, score.path("top").size());
      assertEquals(score.path("token"), score.path("top").get(0).path("token"));
      assertEquals(score.path("logprob"), score.path("top").get(0).path("logprob"));
      assertTrue(score.path("logprob").asDouble() <= 0, score::toString);
    }
  }

  @Test
  void drawsAsTheModelsOwnSettingsSay() throws IOException {
    assertFalse(drawing("calm", "false").has("seed"));
    assertTrue(drawing("lively", "true").has("seed"));
  }

  private static JsonNode drawing(String name, String doSample) throws IOException {
    settings("{\"eos_token_id\": 2, \"do_sample\": %s, \"temperature\": 0.7}".formatted(doSample));
    shop.export(shop.model(), shop.at(name)).expect(ExitCode.OK);
    return Run.of("generate", shop.at(name), "--prompt", "hello", "--max-new-tokens", 1, "--json")
        .expect(ExitCode.OK)
        .json();
  }

  private static void settings(String text) throws IOException {
    Files.writeString(shop.model().resolve("generation_config.json"), text);
  }

  @Test
  void refusesSettingsOfAModelThatCannotBe() throws IOException {
    settings("{\"eos_token_id\": 2, \"do_sample\": true, \"top_p\": 7}");
    shop.export(shop.model(), shop.at("odd")).expect(ExitCode.OK);

    Run.of("generate", shop.at("odd"), "--prompt", "hello")
        .failsWith(ExitCode.INVALID, "generation_config.json", "top-p is 7.0");
  }

  @Test
  void refusesAnEncoder() throws IOException {
    Workshop other = Workshop.furnished(Files.createDirectories(shop.at("encoder")));

    Run.of("generate", other.bundle(), "--prompt", "hello")
        .failsWith(ExitCode.INVALID, "cannot generate text", "text-classification");
    Run.of("chat", other.bundle()).failsWith(ExitCode.INVALID, "cannot generate text");
  }

  @Test
  void refusesAConversationWithoutAChatTemplate() throws IOException {
    Path model = shop.at("plain");
    dev.graft.testmodels.TinyCheckpoints.of("gpt2").write(model);
    Files.delete(model.resolve("chat_template.jinja"));
    shop.export(model, shop.at("plain-bundle")).expect(ExitCode.OK);

    Run.of("generate", shop.at("plain-bundle"), "--chat", "--prompt", "hello")
        .failsWith(ExitCode.INVALID, "has no chat template");
    Run.of("chat", shop.at("plain-bundle")).failsWith(ExitCode.INVALID, "has no chat template");
    Run.of("generate", shop.at("plain-bundle"), "--prompt", "a", "--max-new-tokens", 2)
        .expect(ExitCode.OK);
  }

  @Test
  void refusesMoreThanTheContextTakesWithTheNumbers() {
    generate("--prompt", "x".repeat(250))
        .failsWith(ExitCode.INVALID, "250 tokens", "context takes 256", "at most 6 new tokens");
  }

  @Test
  void offersTheNearestAdapter() throws IOException {
    Path data = shop.write("wrong.jsonl", "{\"prompt\": \"hello\", \"adapter\": \"yess\"}\n");

    both("--data", data).failsWith(ExitCode.INVALID, "line 1 of", "did you mean 'yes'");
    both("--prompt", "hello").failsWith(ExitCode.INVALID, "does not say which");
  }

  @Test
  void refusesOptionsThatWouldChangeNothing() throws IOException {
    Path data = shop.write("one.jsonl", "{\"prompt\": \"hello\"}\n");

    generate("--prompt", "a", "--data", data).failsWith(ExitCode.USAGE, "together");
    generate("--prompt", "a", "--system", "b").failsWith(ExitCode.USAGE, "--chat");
    generate("--prompt", "a", "--top-p", "0.9").failsWith(ExitCode.USAGE, "--temperature 1");
    generate("--prompt", "a", "--logprobs", "1").failsWith(ExitCode.USAGE, "--json");
    generate("--prompt", "a", "--temperature", "-1").failsWith(ExitCode.USAGE, "temperature is -1");
  }

  @Test
  void namesTheRowThatHasNoPrompt() throws IOException {
    Path data = shop.write("bad.jsonl", "{\"prompt\": \"hello\"}\n{\"promt\": \"hello\"}\n");

    generate("--data", data).expect(ExitCode.INVALID).says("bad.jsonl", "2", "prompt");
  }
}
