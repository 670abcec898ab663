package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code graft quickstart --model} on tiny decoders. */
class TextQuickstartTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @TempDir Path folder;

  private Path decoder(String family) throws IOException {
    String length = family.equals("gpt2") ? "n_positions" : "max_position_embeddings";
    TinyCheckpoint tiny = TinyCheckpoints.of(family).with(length, 320);
    return tiny.write(folder.resolve(family));
  }

  private static void learns(JsonNode answer) {
    double before = answer.path("base").path("nll").asDouble();
    double after = answer.path("adapter").path("nll").asDouble();
    // Two random layers learn which letters there are, not what to say.
    assertTrue(after > 0 && after < before - 0.5, answer::toString);
    assertEquals(40, answer.path("answers").size());
    assertEquals(100, answer.path("examples").asInt());
  }

  @Test
  void teachesADecoderWithAChatTemplateAndKeepsItsFiles() throws IOException {
    Path demo = folder.resolve("demo");

    JsonNode answer =
        Run.of("quickstart", "--model", decoder("llama"), "--keep", demo, "--json", "--threads", 1)
            .expect(ExitCode.OK)
            .json();

    learns(answer);
    assertTrue(answer.path("conversations").asBoolean());
    assertTrue(Files.exists(demo.resolve("runs/desk/adapter/adapter_model.safetensors")));
    assertTrue(Files.exists(demo.resolve("bundle/manifest.json")));
  }

  @Test
  void writesPlainPromptsForADecoderWithoutATemplateAndItsNextCommandsWork() throws IOException {
    Path model = decoder("gpt2");
    Files.delete(model.resolve("chat_template.jinja"));
    Path demo = folder.resolve("my demo");

    Run run =
        Run.of("quickstart", "--model", model, "--keep", demo, "--threads", 1).expect(ExitCode.OK);

    assertTrue(run.out().contains("no chat template"), run::out);
    List<String> commands =
        run.out().lines().filter(line -> line.startsWith("  graft ")).map(String::strip).toList();
    assertEquals(3, commands.size(), run::out);
    for (String command : commands) {
      Run.of(words(command).toArray()).expect(ExitCode.OK);
    }
    assertEquals(
        List.of(),
        run.out().lines().filter(line -> line.contains(" | ") && line.length() >= 80).toList());
  }

  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(command);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    return words.subList(1, words.size());
  }

  @Test
  void takesABundleAsItIs() throws IOException {
    Path bundle = folder.resolve("bundle");
    Run.of("export", decoder("qwen2"), "-o", bundle, "--task", "text-generation")
        .expect(ExitCode.OK);

    JsonNode answer =
        Run.of("quickstart", "--model", bundle, "--json", "--threads", 1)
            .expect(ExitCode.OK)
            .json();

    learns(answer);
    assertFalse(Files.exists(Path.of(answer.path("folder").asText())));
  }

  @Test
  void saysWhichCommandAnEncoderIsFor() throws IOException {
    Path model = TinyCheckpoints.of("bert").write(folder.resolve("bert"));

    Run.of("quickstart", "--model", model)
        .failsWith(ExitCode.INVALID, "holds an encoder ('bert')", "graft export " + model);
  }

  @Test
  void refusesAContextThatIsTooShort() throws IOException {
    Path model = TinyCheckpoints.of("llama").write(folder.resolve("short"));

    Run run = Run.of("quickstart", "--model", model, "--json").expect(ExitCode.INVALID);

    run.says("the model's context takes 64", "a longer context");
  }

  @Test
  void refusesWhatIsNotThereOrNotComplete() throws IOException {
    Path model = decoder("llama");
    Files.delete(model.resolve("model.safetensors"));

    Run.of("quickstart", "--model", model).failsWith(ExitCode.INVALID, "safetensors");
    Run.of("quickstart", "--model", folder.resolve("none"))
        .failsWith(ExitCode.NOT_FOUND, "there is no", "graft pull");
  }
}
