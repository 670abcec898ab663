package dev.graft.cli;

import dev.graft.chat.TemplateException;
import dev.graft.cli.screen.Screen;
import dev.graft.generate.FinishReason;
import dev.graft.generate.Generation;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationListener;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.GenerationResult;
import java.io.IOException;
import java.util.Optional;

/** Reads lines, runs those that are commands and answers the others. */
final class ChatLoop {
  private final Screen screen;
  private final GenerationEngine engine;
  private final Conversation conversation;
  private final ChatCommands commands;
  private final boolean json;

  ChatLoop(
      Screen screen,
      GenerationEngine engine,
      Conversation conversation,
      ChatCommands commands,
      boolean json) {
    this.screen = screen;
    this.engine = engine;
    this.conversation = conversation;
    this.commands = commands;
    this.json = json;
  }

  /**
   * Goes on to the end of the input. What is wrong with a line a person reads, and may try again; a
   * script ends with it, for what follows counts on it.
   */
  void run(ChatInput input) throws IOException {
    Optional<String> line = input.next(prompt());
    while (line.isPresent()) {
      try {
        handle(line.get(), input);
      } catch (CommandFailure | IllegalArgumentException | TemplateException | IOException e) {
        if (!input.interactive()) {
          throw e;
        }
        new FailureReport(screen, false, false).show(Failures.explain(e, "answer"), e);
      }
      line = input.next(prompt());
    }
  }

  private String prompt() {
    return screen.style().cyan(conversation.adapter().orElse("base")) + "> ";
  }

  private void handle(String line, ChatInput input) throws IOException {
    if (line.isBlank()) {
      return;
    }
    if (line.startsWith("//")) {
      answer(line.substring(1), input);
    } else if (line.startsWith("/")) {
      commands.run(line);
    } else {
      answer(line, input);
    }
  }

  private void answer(String text, ChatInput input) {
    GenerationRequest request = conversation.ask(text);
    GenerationListener listener = json ? GenerationListener.NONE : screen::printForeign;
    Generation generation = engine.submit(request, listener);
    input.onInterrupt(generation::cancel);
    GenerationResult result = generation.result();
    if (json) {
      screen.printJsonLine(AnswerJson.of(request, result, engine.tokenizer()));
      screen.flush();
    } else {
      screen.printRaw(System.lineSeparator());
    }
    if (result.finishReason() != FinishReason.STOP) {
      boolean stopped = result.finishReason() == FinishReason.CANCELLED;
      screen.note(
          screen
              .noteStyle()
              .dim(
                  stopped
                      ? "(stopped)"
                      : "(cut after %d tokens; /set max-new-tokens)"
                          .formatted(result.tokens().size())));
    }
    if (!result.text().isEmpty()) {
      conversation.answered(text, result.text());
    }
  }
}
