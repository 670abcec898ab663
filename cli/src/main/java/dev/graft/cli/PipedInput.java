package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;

/** Lines of a pipe or a file. A signal ends the process as it would any other. */
final class PipedInput implements ChatInput {
  private final BufferedReader lines;

  PipedInput(Screen screen) {
    this.lines = InputLines.open(screen);
  }

  @Override
  public Optional<String> next(String prompt) throws IOException {
    return Optional.ofNullable(lines.readLine());
  }

  @Override
  public boolean interactive() {
    return false;
  }

  @Override
  public void onInterrupt(Runnable action) {
    // Nobody is there who could stop one answer and go on.
  }

  @Override
  public void close() {
    // Standard input belongs to the process.
  }
}
