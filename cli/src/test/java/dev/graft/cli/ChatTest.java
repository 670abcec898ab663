package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.cli.screen.Console;
import dev.graft.cli.screen.Screen;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.export.Bundle;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationOptions;
import dev.graft.generate.Sampling;
import dev.graft.generate.Stopping;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code graft chat} on a tiny decoder: through calls, a real process, and a terminal. */
@Timeout(180)
class ChatTest {
  @TempDir static Path folder;
  private static TextWorkshop shop = new TextWorkshop(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = TextWorkshop.furnished(folder);
  }

  private static List<Object> command(Object... more) {
    List<Object> args = new ArrayList<>(List.of("chat", shop.bundle(), "--threads", 1));
    args.addAll(List.of("--max-new-tokens", 12));
    args.addAll(List.of("--adapter", shop.named("yes"), "--adapter", shop.named("no")));
    args.addAll(List.of(more));
    return args;
  }

  private static Run chat(String input, Object... more) {
    return Run.with(Map.of(), input, command(more).toArray());
  }

  private static List<String> texts(Run run) {
    return run.expect(ExitCode.OK).jsonLines().stream().map(a -> a.path("text").asText()).toList();
  }

  /** The last answer of a saved conversation, generated anew by another process. */
  private static String answerOfAFreshProcess(Path saved) throws Exception {
    List<Object> args = new ArrayList<>(List.of("generate", shop.bundle(), "--data", saved));
    args.addAll(List.of("--threads", 1, "--max-new-tokens", 12, "--quiet"));
    args.addAll(List.of("--adapter", shop.named("yes"), "--adapter", shop.named("no")));
    Process process = new ProcessBuilder(java("", args)).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return new Run(0, said, "").json().path("text").asText();
  }

  private static List<String> java(String terminals, List<Object> args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dgraft.terminal=" + terminals);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.graft.cli.Main"));
    args.forEach(arg -> command.add(arg.toString()));
    return command;
  }

  @Test
  void answersAfterASwitchAsAFreshProcessWithThatAdapterAndHistory() throws Exception {
    Path saved = shop.at("piped.jsonl");
    Process process = new ProcessBuilder(java("", command("--quiet"))).start();
    process
        .getOutputStream()
        .write(
            "hello\n/adapter no\nis it so?\n/save %s\n"
                .formatted(saved)
                .getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals(0, process.waitFor(), err);
    List<String> answers = out.lines().toList();
    assertEquals(List.of("yes, it is", "no"), answers);
    assertEquals("no", answerOfAFreshProcess(saved));
    assertEquals("", err);
  }

  @Test
  void switchesAdaptersOnATerminal() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/script")), "this system has no script(1) with a pty");
    Path saved = shop.at("typed.jsonl");
    String line =
        java("012", command("--no-color")).stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    ProcessBuilder builder = new ProcessBuilder("script", "-qec", line, "/dev/null");
    builder.environment().put("TERM", "xterm");
    try (Typist typist = new Typist(builder)) {
      typist.waitFor("yes> ");
      typist.type("hello\r");
      typist.waitFor("yes, it is");
      typist.waitFor("yes> ");
      typist.type("/adpter\r");
      typist.waitFor("did you mean '/adapter'?");
      typist.waitFor("yes> ");
      typist.type("/adapter no\r");
      typist.waitFor("no> ");
      typist.type("is it so?\r");
      typist.waitFor("no\r\n");
      typist.waitFor("no> ");
      typist.type("/save %s\r".formatted(saved));
      typist.waitFor("4 messages in");
      typist.waitFor("no> ");
      typist.type("\u0004");
      assertEquals(0, typist.end(), typist::said);
      JsonNode row = new Run(0, Files.readString(saved), "").json();
      assertEquals("no", row.path("messages").get(3).path("content").asText());
      assertEquals("no", answerOfAFreshProcess(saved));
    }
  }

  @Test
  void listsItsAdaptersWithTheirDigests() {
    String digest =
        Run.of("inspect", shop.at("prefix").resolve("adapter"), "--json")
            .json()
            .path("digest")
            .asText();
    Run run =
        chat("/adapter prefix\n/adapter\n", "--adapter", shop.named("prefix")).expect(ExitCode.OK);

    assertTrue(run.err().contains("4 virtual tokens"), run::err);
    assertTrue(run.err().contains(digest) && !digest.isEmpty(), run::err);
    assertTrue(run.err().lines().anyMatch(l -> l.matches(" *\\* +prefix .*")), run::err);
    assertEquals("", run.out());
  }

  @Test
  void answersWithTheBaseWhenToldTo() {
    String base =
        Run.of(
                "generate",
                shop.bundle(),
                "--chat",
                "--prompt",
                "hello",
                "--json",
                "--threads",
                1,
                "--max-new-tokens",
                12)
            .json()
            .path("text")
            .asText();

    assertEquals(List.of(base), texts(chat("/base\nhello\n", "--json")));
  }

  @Test
  void answersFromTheNextMessageOnWithAPrefix() throws IOException {
    Path saved = shop.at("prefix-chat.jsonl");
    String input = "hello\n/adapter prefix\nis it so?\n/save %s\n".formatted(saved);

    List<JsonNode> answers =
        chat(input, "--json", "--adapter", shop.named("prefix")).expect(ExitCode.OK).jsonLines();
    JsonNode again =
        Run.of(
                "generate",
                shop.bundle(),
                "--data",
                saved,
                "--adapter",
                shop.named("prefix"),
                "--threads",
                1,
                "--max-new-tokens",
                12)
            .expect(ExitCode.OK)
            .json();

    assertEquals("yes", answers.get(0).path("adapter").asText());
    assertEquals("prefix", answers.get(1).path("adapter").asText());
    assertEquals(again.path("tokens"), answers.get(1).path("tokens"));
    assertEquals(again.path("adapterDigest"), answers.get(1).path("adapterDigest"));
  }

  /** A person who interrupts every answer at once, and mistypes a command. */
  private static final class Impatient implements ChatInput {
    private final Iterator<String> lines = List.of("hello", "/hlp", "/set").iterator();

    @Override
    public Optional<String> next(String prompt) {
      return lines.hasNext() ? Optional.of(lines.next()) : Optional.empty();
    }

    @Override
    public boolean interactive() {
      return true;
    }

    @Override
    public void onInterrupt(Runnable action) {
      action.run();
    }

    @Override
    public void close() {}
  }

  @Test
  void goesOnAfterAnInterruptedAnswerAndAWrongCommand() throws IOException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            err,
            Map.of(),
            true,
            true,
            true,
            80);
    Screen screen = new Screen(console, false, false);
    Bundle bundle = Bundle.open(shop.bundle());
    try (GenerationEngine engine = GenerationEngine.open(bundle, GenerationOptions.defaults())) {
      StoreAdapters store =
          new StoreAdapters(new CommandContext(screen, Map.of()), new StoreSettings());
      AdapterSet none = AdapterSet.load(engine::load, List.of(), store);
      ChatTemplate template = PromptEncoder.template(bundle, engine.tokenizer());
      Stopping lengthy = Stopping.defaults().withMaxNewTokens(200).withEndTokens(false);
      Conversation conversation =
          new Conversation(
              engine,
              template,
              none,
              new AnswerPlan(Sampling.greedy(), OptionalLong.empty(), lengthy));
      ChatCommands commands = new ChatCommands(screen, conversation);

      new ChatLoop(screen, engine, conversation, commands, false).run(new Impatient());
    }

    String said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("(stopped)"), said);
    assertTrue(said.contains("did you mean '/help'?"), said);
    assertTrue(said.contains("max-new-tokens"), said);
  }

  @Test
  void forgetsWhatWasSaid() {
    List<JsonNode> answers = chat("hello\n/clear\nhello\nhello\n", "--json").jsonLines();

    assertEquals(answers.get(0).path("promptTokens"), answers.get(1).path("promptTokens"));
    assertTrue(
        answers.get(2).path("promptTokens").asInt() > answers.get(1).path("promptTokens").asInt());
  }

  @Test
  void beginsWithTheSystemMessage() throws IOException {
    Path saved = shop.at("system.jsonl");

    chat("/system be short\nhello\n/save %s\n".formatted(saved)).expect(ExitCode.OK);

    JsonNode row = new Run(0, Files.readString(saved), "").json();
    assertEquals("be short", row.path("messages").get(0).path("content").asText());
    assertEquals("yes", row.path("adapter").asText());
  }

  @Test
  void takesSettings() {
    List<JsonNode> answers =
        chat("/set max-new-tokens 2\n/set temperature 1.2\n/set seed 5\nhello\n", "--json")
            .expect(ExitCode.OK)
            .jsonLines();

    assertEquals(2, answers.get(0).path("tokens").size());
    assertEquals(5, answers.get(0).path("seed").asInt());
    assertTrue(chat("/set\n").err().contains("repetition-penalty"));
  }

  @Test
  void saysATextThatBeginsWithASlash() throws IOException {
    Path saved = shop.at("slash.jsonl");

    chat("//help\n/save %s\n".formatted(saved)).expect(ExitCode.OK);

    assertTrue(Files.readString(saved).contains("\"/help\""));
  }

  @Test
  void explainsEveryCommand() {
    String help = chat("/help\n").expect(ExitCode.OK).err();

    for (String word :
        List.of("/adapter", "/base", "/clear", "/system", "/set", "/save", "Ctrl-C")) {
      assertTrue(help.contains(word), help);
    }
  }

  @Test
  void endsAScriptAtWhatIsWrong() throws IOException {
    chat("/adaptr no\nhello\n").failsWith(ExitCode.USAGE, "did you mean '/adapter'?");
    chat("/adapter noo\n").failsWith(ExitCode.USAGE, "did you mean 'no'");
    chat("/set temprature 1\n").failsWith(ExitCode.USAGE, "did you mean 'temperature'?");
    chat("/set temperature warm\n").failsWith(ExitCode.USAGE, "it must be a number");
    chat("/set top-p 3\n").failsWith(ExitCode.USAGE, "top-p is 3.0");
    chat("/clear all\n").failsWith(ExitCode.USAGE, "it takes nothing");
    chat("/save\n").failsWith(ExitCode.USAGE, "/save FILE");
    chat("/save %s\n".formatted(shop.write("there.jsonl", "x")))
        .failsWith(ExitCode.CONFLICT, "exists already");
    assertEquals("x", Files.readString(shop.at("there.jsonl")));
  }

  @Test
  void refusesWhatTheContextDoesNotTake() {
    Run run = chat("x".repeat(300) + "\n").failsWith(ExitCode.INVALID, "takes 256", "/clear");

    assertFalse(run.err().contains("at dev.graft"));
  }
}
