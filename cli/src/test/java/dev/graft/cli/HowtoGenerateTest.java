package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testmodels.TinyCheckpoints;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page about generating text, its commands and its Java, run as they are written. */
class HowtoGenerateTest {
  private static final String PAGE = "docs/howto/generate-text.md";

  @TempDir Path folder;

  @Test
  @Timeout(600)
  void worksAsWritten() throws Exception {
    furnish();

    String log = ShellTour.run(folder, ShellTour.blocks(PAGE, "sh"));
    String said = ShellTour.java(folder, "Answers", ShellTour.blocks(PAGE, "java").get(0));

    assertEquals(
        List.of("tone", "brief"),
        log.lines()
            .filter(line -> line.startsWith("{\"text\""))
            .map(line -> line.replaceAll(".*\"adapter\":\"(\\w+)\".*", "$1"))
            .toList(),
        log);
    assertTrue(log.contains("tokenAccuracy"), log);
    assertTrue(said.contains("\nbrief (") && said.contains("CANCELLED"), said);
    assertTrue(said.lines().anyMatch(line -> line.matches("perplexity \\d+\\.\\d+.*")), said);
  }

  /** What the page takes for granted: a bundle and two adapters. */
  private void furnish() throws Exception {
    Path model =
        TinyCheckpoints.of("llama")
            .with("max_position_embeddings", 256)
            .write(folder.resolve("model"));
    Path chat = folder.resolve("chat");
    Run.of("export", model, "-o", chat, "--task", "text-generation").expect(ExitCode.OK);
    Path data =
        Files.writeString(
            folder.resolve("train.jsonl"),
            "{\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}, {\"role\":"
                + " \"assistant\", \"content\": \"yes\"}]}\n");
    train(chat, data, "tone", "--adapter-type", "lora");
    train(chat, data, "brief", "--adapter-type", "prefix");
  }

  private void train(Path bundle, Path data, String name, String... type) {
    Path run = folder.resolve("runs").resolve(name);
    Object[] args = {
      "train", bundle, "--data", data, "-o", run, "--max-steps", 3, type[0], type[1]
    };
    Run.of(args).expect(ExitCode.OK);
  }
}
