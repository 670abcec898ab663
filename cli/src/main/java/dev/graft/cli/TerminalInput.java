package dev.graft.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A terminal with line editing, a history of lines, and completion by the tabulator key. */
final class TerminalInput implements ChatInput {
  /** Of terminals that do not know theirs. */
  private static final Size USUAL_SIZE = new Size(80, 24);

  private final Terminal terminal;
  private final LineReader reader;

  private TerminalInput(Terminal terminal, LineReader reader) {
    this.terminal = terminal;
    this.reader = reader;
  }

  /**
   * Opens the terminal of this process.
   *
   * @param words what completion offers
   * @return nothing where it has none that lines can be edited on
   */
  static Optional<ChatInput> open(Supplier<List<String>> words) throws IOException {
    Terminal terminal =
        TerminalBuilder.builder().system(true).dumb(true).nativeSignals(true).build();
    if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
      terminal.close();
      return Optional.empty();
    }
    if (terminal.getWidth() < 1 || terminal.getHeight() < 1) {
      terminal.setSize(USUAL_SIZE);
    }
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .completer(
                (lineReader, line, candidates) ->
                    words.get().forEach(word -> candidates.add(new Candidate(word))))
            // "!" and a backslash in a message mean themselves.
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
    return Optional.of(new TerminalInput(terminal, reader));
  }

  @Override
  public Optional<String> next(String prompt) {
    terminal.handle(Terminal.Signal.INT, Terminal.SignalHandler.SIG_DFL);
    while (true) {
      try {
        return Optional.of(reader.readLine(prompt));
      } catch (UserInterruptException e) {
        // Drops the line, as shells do.
        terminal.writer().println("(Ctrl-D ends)");
      } catch (EndOfFileException e) {
        return Optional.empty();
      }
    }
  }

  @Override
  public boolean interactive() {
    return true;
  }

  @Override
  public void onInterrupt(Runnable action) {
    terminal.handle(Terminal.Signal.INT, signal -> action.run());
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }
}
