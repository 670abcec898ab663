package dev.graft.cli;

import java.io.IOException;
import java.util.Optional;

/** Where a conversation's lines come from. */
interface ChatInput extends AutoCloseable {

  /**
   * Waits for a line.
   *
   * @param prompt what a person sees before it
   * @return nothing at the end
   */
  Optional<String> next(String prompt) throws IOException;

  /** Whether a person types, who can try again when something is wrong. */
  boolean interactive();

  /** Runs {@code action} when the person interrupts, until the next line is asked for. */
  void onInterrupt(Runnable action);

  @Override
  void close() throws IOException;
}
