package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.cli.screen.Progress;
import dev.graft.cli.screen.Screen;
import dev.graft.data.GenerationColumns;
import dev.graft.data.GenerationExample;
import dev.graft.data.GenerationReader;
import dev.graft.export.Bundle;
import dev.graft.generate.FinishReason;
import dev.graft.generate.Generation;
import dev.graft.generate.GenerationEngine;
import dev.graft.generate.GenerationOptions;
import dev.graft.generate.GenerationRequest;
import dev.graft.generate.GenerationResult;
import dev.graft.generate.Prompt;
import dev.graft.testmodels.ParcelDesk;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What base and adapter answered to the same messages.
 *
 * @param tokens how many tokens were generated
 * @param seconds how long that took
 * @param rows how many ran together at most
 * @param replaceSeconds how long putting another adapter in the place of a loaded one takes
 */
record DeskAnswers(List<Pair> pairs, long tokens, double seconds, int rows, double replaceSeconds) {

  /** How much longer than the longest right answer an answer may get. */
  private static final int MORE_TOKENS = 8;

  DeskAnswers {
    pairs = List.copyOf(pairs);
  }

  /**
   * One message and what came back.
   *
   * @param base the base's answer, with dots at its end if it was cut
   * @param adapter the adapter's
   */
  record Pair(ParcelDesk.Message message, String base, String adapter) {}

  /** Asks both about every message; their rows share the engine's batches. */
  static DeskAnswers ask(
      Bundle bundle, Adapter adapter, Path rows, Optional<Integer> threads, Screen screen)
      throws IOException {
    GenerationOptions options = GenerationOptions.defaults();
    try (GenerationEngine engine =
        GenerationEngine.open(bundle, threads.map(options::withThreads).orElse(options))) {
      engine.load(TextQuickstart.ADAPTER, adapter);
      List<GenerationRequest> requests = requests(bundle, engine.tokenizer(), rows);
      long start = System.nanoTime();
      List<GenerationResult> results = answer(engine, requests, screen);
      double seconds = (System.nanoTime() - start) / 1e9;
      List<Pair> pairs = new ArrayList<>();
      for (int i = 0; i < ParcelDesk.HELD_OUT; i++) {
        pairs.add(
            new Pair(
                ParcelDesk.heldOut().get(i),
                text(results.get(2 * i)),
                text(results.get(2 * i + 1))));
      }
      long tokens = results.stream().mapToLong(r -> r.tokens().size()).sum();
      int together = Math.min(options.maxRows(), results.size());
      return new DeskAnswers(pairs, tokens, seconds, together, replace(engine, adapter));
    }
  }

  /** The base's and the adapter's requests in turn. */
  private static List<GenerationRequest> requests(Bundle bundle, TextTokenizer tokenizer, Path rows)
      throws IOException {
    int longest = longestAnswer(tokenizer);
    List<GenerationRequest> requests = new ArrayList<>();
    for (Prompt prompt : prompts(bundle, tokenizer, rows)) {
      GenerationRequest base = GenerationRequest.of(prompt).withMaxNewTokens(longest);
      requests.add(base);
      requests.add(base.withAdapter(TextQuickstart.ADAPTER));
    }
    return requests;
  }

  private static List<Prompt> prompts(Bundle bundle, TextTokenizer tokenizer, Path rows)
      throws IOException {
    PromptEncoder encoder = new PromptEncoder(bundle, tokenizer, false, Optional.empty());
    List<Prompt> prompts = new ArrayList<>();
    try (GenerationReader reader = GenerationReader.open(rows, GenerationColumns.defaults())) {
      for (Optional<GenerationExample> row = reader.next(); row.isPresent(); row = reader.next()) {
        prompts.add(encoder.prompt(row.get(), rows.toString()));
      }
    }
    return prompts;
  }

  private static int longestAnswer(TextTokenizer tokenizer) {
    return MORE_TOKENS
        + ParcelDesk.heldOut().stream()
            .mapToInt(message -> tokenizer.tokenize(message.answer(), false).length())
            .max()
            .orElseThrow();
  }

  /** How many tokens the longest prompt of a file and an answer have. */
  static int room(Bundle bundle, TextTokenizer tokenizer, Path rows) throws IOException {
    int longest =
        prompts(bundle, tokenizer, rows).stream()
            .mapToInt(prompt -> prompt.tokens().size())
            .max()
            .orElseThrow();
    return longest + longestAnswer(tokenizer);
  }

  private static List<GenerationResult> answer(
      GenerationEngine engine, List<GenerationRequest> requests, Screen screen) {
    List<Generation> generations = requests.stream().map(engine::submit).toList();
    List<GenerationResult> results = new ArrayList<>();
    try (Progress progress = screen.progress("answers", requests.size())) {
      for (Generation generation : generations) {
        results.add(generation.result());
        progress.step(results.size(), "");
      }
    }
    return results;
  }

  private static String text(GenerationResult result) {
    String text = result.text().strip();
    return result.finishReason() == FinishReason.LENGTH ? text + " ..." : text;
  }

  private static double replace(GenerationEngine engine, Adapter adapter) {
    long start = System.nanoTime();
    engine.load(TextQuickstart.ADAPTER, adapter);
    return (System.nanoTime() - start) / 1e9;
  }

  /** How many of the base's, or the adapter's, answers are in the desk's style. */
  long inStyle(boolean adapter) {
    return pairs.stream().filter(pair -> ParcelDesk.isInStyle(answer(pair, adapter))).count();
  }

  /** How many answers are those that the desk gave, word for word. */
  long right(boolean adapter) {
    return pairs.stream()
        .filter(pair -> answer(pair, adapter).equals(pair.message().answer()))
        .count();
  }

  private static String answer(Pair pair, boolean adapter) {
    return adapter ? pair.adapter() : pair.base();
  }
}
