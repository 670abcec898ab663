package dev.graft.cli;

import dev.graft.export.Bundle;
import dev.graft.generate.Sampling;
import dev.graft.generate.Stopping;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** How tokens are chosen and when an answer ends. */
final class AnswerSettings {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "" + Stopping.DEFAULT_MAX_NEW_TOKENS,
      description = "Longest answer. Default: ${DEFAULT-VALUE}.")
  int maxNewTokens;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description =
          "0: the most probable token always (greedy). Default, here and below: what the model's generation_config.json says; greedy where it does not say do_sample.")
  Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw from the K most probable tokens; 0: from all.")
  Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the most probable tokens that have probability P together.")
  Optional<Double> topP = Optional.empty();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Draw from tokens with at least P times the most probable one's probability.")
  Optional<Double> minP = Optional.empty();

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "More than 1 makes tokens that occurred less probable.")
  Optional<Double> repetitionPenalty = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides what is drawn: same seed, same text. Default: a new one per answer.")
  Optional<Long> seed = Optional.empty();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Ends the answer where it comes up (\\n is a line feed); may be repeated.")
  List<String> stop = new ArrayList<>();

  /** These settings over the model's own. */
  AnswerPlan plan(Bundle bundle) throws IOException {
    ComputeSettings.requirePositive("--max-new-tokens", maxNewTokens);
    Sampling sampling = ModelSampling.of(bundle);
    boolean draws = topK.isPresent() || topP.isPresent() || minP.isPresent();
    if (draws && temperature.orElse(sampling.temperature()) == 0) {
      throw CommandFailure.usage(
          "--top-k, --top-p and --min-p change nothing here",
          "with temperature 0 the most probable token is taken always",
          "add --temperature 1, or leave them out");
    }
    sampling = temperature.map(sampling::withTemperature).orElse(sampling);
    sampling = topK.map(sampling::withTopK).orElse(sampling);
    sampling = topP.map(sampling::withTopP).orElse(sampling);
    sampling = minP.map(sampling::withMinP).orElse(sampling);
    sampling = repetitionPenalty.map(sampling::withRepetitionPenalty).orElse(sampling);
    return new AnswerPlan(
        sampling,
        seed.map(OptionalLong::of).orElse(OptionalLong.empty()),
        Stopping.defaults()
            .withMaxNewTokens(maxNewTokens)
            .withStrings(stop.stream().map(AnswerSettings::unescaped).toList()));
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
      if (c == '\\' && (next == 'n' || next == 't' || next == '\\')) {
        plain.append(next == 'n' ? '\n' : next == 't' ? '\t' : '\\');
        i++;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
