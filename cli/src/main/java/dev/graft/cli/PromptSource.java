package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.data.GenerationExample;
import dev.graft.data.GenerationReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where prompts come from: {@code --prompt}, {@code --data}, or standard input. */
final class PromptSource {
  @Option(names = "--prompt", paramLabel = "TEXT", description = "What to continue or answer.")
  Optional<String> prompt = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description =
          "Prompts or conversations (messages) in a .jsonl, .csv or .tsv file. Without --prompt and --data: lines of standard input.")
  Optional<Path> data = Optional.empty();

  @Mixin PromptColumns prompts;
  @Mixin ColumnOptions columns;

  /** Takes the rows in order. */
  interface Sink {
    void accept(GenerationExample row) throws IOException;

    /** No further row is there yet, so the answers are waited for. */
    void pause() throws IOException;
  }

  /** What to name in a message about a row. */
  String name() {
    return data.map(Path::toString).orElse(prompt.isPresent() ? "--prompt" : "standard input");
  }

  /** Refuses options that cannot go together. */
  void check() {
    if (data.isPresent() && prompt.isPresent()) {
      throw CommandFailure.usage(
          "--prompt and --data cannot be given together",
          "the prompts come from one place",
          "leave one of them out");
    }
    data.ifPresent(Inputs::data);
  }

  /** Hands all rows to {@code sink}, in order. */
  void forEach(Screen screen, Sink sink) throws IOException {
    if (prompt.isPresent()) {
      sink.accept(new GenerationExample.Prompt(prompt.get(), 1, Optional.empty()));
    } else if (data.isPresent()) {
      readFile(data.get(), sink);
    } else {
      readLines(screen, sink);
    }
  }

  private void readFile(Path file, Sink sink) throws IOException {
    long rows = 0;
    try (GenerationReader reader = GenerationReader.open(file, prompts.columns(columns))) {
      for (Optional<GenerationExample> row = reader.next(); row.isPresent(); row = reader.next()) {
        sink.accept(row.get());
        rows++;
      }
    }
    if (rows == 0) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot answer '%s'".formatted(file),
          "it has no rows",
          "give a file with at least one row");
    }
  }

  private static void readLines(Screen screen, Sink sink) throws IOException {
    if (screen.inputIsTerminal()) {
      screen.note(screen.noteStyle().dim("one prompt a line; Ctrl-D ends"));
    }
    BufferedReader lines = InputLines.open(screen);
    long number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (!line.isBlank()) {
        sink.accept(new GenerationExample.Prompt(line, number, Optional.empty()));
      }
      if (!lines.ready()) {
        sink.pause();
      }
    }
  }
}
