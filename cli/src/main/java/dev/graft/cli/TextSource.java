package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.data.Columns;
import dev.graft.data.Example;
import dev.graft.data.ExampleReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the texts of a command come from: {@code --text}, {@code --data}, or standard input. */
final class TextSource {
  /** Rows that are held at a time; large enough to sort them by length. */
  private static final int CHUNK_ROWS = 256;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "A text; may be given several times.")
  List<String> texts = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description =
          "Texts in a .jsonl, .csv or .tsv file. Without --text and --data: lines of standard input.")
  Optional<Path> data = Optional.empty();

  @Mixin ColumnOptions columns;

  /** Takes some rows; called with at least one. */
  interface Sink {
    void accept(List<Example> rows) throws IOException;
  }

  /** What to name in a message about a row. */
  String name() {
    return data.map(Path::toString).orElse(texts.isEmpty() ? "standard input" : "--text");
  }

  /** Hands all rows to {@code sink}, in order. */
  void forEachChunk(Screen screen, Sink sink) throws IOException {
    if (data.isPresent() && !texts.isEmpty()) {
      throw CommandFailure.usage(
          "--text and --data cannot be given together",
          "the texts come from one place",
          "leave one of them out");
    }
    if (data.isPresent()) {
      readFile(Inputs.data(data.get()), columns.columns(), sink);
    } else if (!texts.isEmpty()) {
      List<Example> rows = new ArrayList<>();
      texts.forEach(t -> rows.add(example(t, rows.size() + 1)));
      sink.accept(rows);
    } else {
      readLines(screen, sink);
    }
  }

  private static void readFile(Path file, Columns columns, Sink sink) throws IOException {
    List<Example> rows = new ArrayList<>();
    long count = 0;
    try (ExampleReader reader = ExampleReader.open(file, columns)) {
      for (Optional<Example> row = reader.next(); row.isPresent(); row = reader.next()) {
        if (row.get().text().isBlank()) {
          throw new CommandFailure(
              ExitCode.INVALID,
              "cannot answer every row of '%s'".formatted(file),
              "the text of line %d is empty".formatted(row.get().line()),
              "give the row a text or remove it");
        }
        rows.add(row.get());
        count++;
        if (rows.size() == CHUNK_ROWS) {
          sink.accept(rows);
          rows = new ArrayList<>();
        }
      }
    }
    if (count == 0) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot answer '%s'".formatted(file),
          "it has no rows",
          "give a file with at least one row");
    }
    if (!rows.isEmpty()) {
      sink.accept(rows);
    }
  }

  /**
   * Answers as soon as no further line is waiting, so that a person or a pipe is served at once.
   */
  private static void readLines(Screen screen, Sink sink) throws IOException {
    if (screen.inputIsTerminal()) {
      screen.note(screen.noteStyle().dim("one text a line; Ctrl-D ends"));
    }
    BufferedReader lines = InputLines.open(screen);
    List<Example> rows = new ArrayList<>();
    long number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (!line.isBlank()) {
        rows.add(example(line, number));
      }
      if (!rows.isEmpty() && (rows.size() == CHUNK_ROWS || !lines.ready())) {
        sink.accept(rows);
        rows = new ArrayList<>();
      }
    }
    if (!rows.isEmpty()) {
      sink.accept(rows);
    }
  }

  private static Example example(String text, long line) {
    return new Example(text, Optional.empty(), line, Optional.empty());
  }
}
