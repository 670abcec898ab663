package dev.graft.probe;

import dev.graft.adapter.Probe;
import dev.graft.store.check.PublishCheck.Findings;
import dev.graft.store.model.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Asks an adapter its probes, or neutral texts where it has none, and notes what is wrong. */
final class Examination {
  /** The least difference that is an effect, as a part of the largest output: above rounding. */
  private static final double LEAST_EFFECT = 1e-6;

  private static final int MOST_MISMATCHES = 3;

  private final Answers answers;
  private final boolean decoder;
  private final List<String> mismatches = new ArrayList<>();
  private int asked;
  private int passed;
  private double effect;
  private double size;

  /**
   * Begin.
   *
   * @param decoder whether the answers are a decoder's
   */
  Examination(Answers answers, boolean decoder) {
    this.answers = answers;
    this.decoder = decoder;
  }

  Findings of(List<Probe> probes) {
    probes.forEach(this::ask);
    if (probes.isEmpty()) {
      Probes.NEUTRAL_TEXTS.stream().filter(answers::reads).forEach(this::answer);
    }
    List<String> failures = failures();
    return new Findings(failures, failures.isEmpty() ? warnings(probes) : List.of(), passed);
  }

  private void ask(Probe probe) {
    if (!answers.reads(probe.text())) {
      mismatches.add(on(probe.text()) + "there is no token to read");
      return;
    }
    try {
      mismatch(probe, answer(probe.text()))
          .ifPresent(problem -> mismatches.add(on(probe.text()) + problem));
    } catch (IllegalArgumentException e) {
      mismatches.add(on(probe.text()) + e.getMessage());
    }
  }

  /** Asks, and notes what difference the adapter makes. */
  private Answer answer(String text) {
    Answer answer = answers.to(text);
    if (!answer.isFinite()) {
      mismatches.add(on(text) + "the adapter's output has NaN or infinite values");
    }
    asked++;
    effect = Math.max(effect, Deviation.largest(answer.base(), answer.changed()));
    size = Math.max(size, Deviation.size(answer.base()));
    return answer;
  }

  private Optional<String> mismatch(Probe probe, Answer answer) {
    if (probe.tokens().isEmpty() == decoder) {
      return Optional.of(
          decoder
              ? "the record names no tokens, as that of a decoder must"
              : "the record names tokens, as only that of a decoder may");
    }
    Optional<String> base = compare("the base's", probe, probe.base(), answer.base());
    if (base.isPresent() || answer.output().isEmpty()) {
      return base;
    }
    Optional<String> adapter = compare("the adapter's", probe, probe.adapter(), answer.output());
    passed += adapter.isEmpty() ? 1 : 0;
    return adapter;
  }

  private Optional<String> compare(
      String whose, Probe probe, List<Float> expected, List<Float> all) {
    List<Float> found =
        decoder
            ? probe.tokens().stream().filter(token -> token < all.size()).map(all::get).toList()
            : all;
    if (expected.isEmpty()) {
      return Optional.empty();
    }
    if (expected.size() != found.size()) {
      return Optional.of(
          "%s output has %d of the %d values that are recorded"
              .formatted(whose, found.size(), expected.size()));
    }
    return Deviation.worst(expected, found)
        .map(
            it ->
                decoder
                    ? "%s logit of token %d %s".formatted(whose, probe.tokens().get(it.index()), it)
                    : "%s output %d %s".formatted(whose, it.index() + 1, it));
  }

  private static String on(String text) {
    return "on %s ".formatted(Names.quote(text));
  }

  private List<String> failures() {
    List<String> failures = new ArrayList<>();
    double least = LEAST_EFFECT * Math.max(1, size);
    if (asked > 0 && effect <= least) {
      failures.add(
          String.format(
              Locale.ROOT,
              "it has no effect: on %d texts it changes the base's outputs by at most %.2g, where more than %.2g is expected",
              asked,
              effect,
              least));
    }
    mismatches.stream().limit(MOST_MISMATCHES).forEach(failures::add);
    int more = mismatches.size() - MOST_MISMATCHES;
    if (more > 0) {
      failures.add("%d more like these".formatted(more));
    }
    if (!failures.isEmpty()) {
      failures.add(
          "publish the adapter as training wrote it, with the bundle it was trained on, or train it again");
    }
    return failures;
  }

  private List<String> warnings(List<Probe> probes) {
    if (probes.isEmpty()) {
      return List.of(
          "the adapter has no probes, so it was checked that it has an effect, not what it answers");
    }
    return passed == probes.size()
        ? List.of()
        : List.of(
            "the bundle has no classification head, so it was checked that the adapter has an"
                + " effect, not what it answers");
  }
}
