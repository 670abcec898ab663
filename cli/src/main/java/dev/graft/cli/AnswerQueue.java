package dev.graft.cli;

import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.generate.Generation;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.GenerationResult;
import java.util.ArrayDeque;
import java.util.Locale;

/**
 * Answers under way: they are generated together and written in the order of their prompts, each as
 * soon as those before it are. Closing cancels what is left.
 */
final class AnswerQueue implements AutoCloseable {
  /** More than any engine runs at a time, so that none of its rows idles. */
  private static final int MOST_WAITING = 256;

  private record Pending(GenerationRequest request, Generation generation) {}

  private final GenerationEngine engine;
  private final Screen screen;
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
  private final long start = System.nanoTime();
  private long answers;
  private long tokens;

  AnswerQueue(GenerationEngine engine, Screen screen) {
    this.engine = engine;
    this.screen = screen;
  }

  void add(GenerationRequest request) {
    waiting.add(new Pending(request, engine.submit(request)));
    while (waiting.size() > MOST_WAITING || isFirstDone()) {
      writeFirst();
    }
  }

  private boolean isFirstDone() {
    Pending first = waiting.peek();
    return first != null && first.generation().isDone();
  }

  /** Waits for all answers and writes them. */
  void drain() {
    while (!waiting.isEmpty()) {
      writeFirst();
    }
  }

  private void writeFirst() {
    Pending first = waiting.element();
    GenerationResult result = first.generation().result();
    waiting.remove();
    screen.printJsonLine(AnswerJson.of(first.request(), result, engine.tokenizer()));
    screen.flush();
    answers++;
    tokens += result.tokens().size();
  }

  /** Says how much was generated, and how fast. */
  void summarize() {
    double seconds = (System.nanoTime() - start) / 1e9;
    screen.note(
        screen
            .noteStyle()
            .dim(
                "%d answers, %d tokens in %s, %s tokens/s"
                    .formatted(
                        answers,
                        tokens,
                        Quantities.human(seconds),
                        String.format(Locale.ROOT, "%,.1f", tokens / seconds))));
  }

  @Override
  public void close() {
    waiting.forEach(pending -> pending.generation().cancel());
  }
}
