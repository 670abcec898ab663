package dev.graft.probe;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.export.Bundle;
import dev.graft.generate.GenerationOptions;
import dev.graft.generate.NextLogits;
import dev.graft.ort.SessionSettings;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Logits of a decoder for the token after a text. A probe has those of the tokens that the adapter
 * finds most likely: they are what it says, every change of its weights reaches them by way of the
 * last hidden state, and the base's logits of the same tokens show what the adapter changes. Logits
 * of a whole vocabulary would make the record larger than many an adapter.
 */
final class DecoderAnswers implements Answers {
  private static final int TOKENS_OF_A_PROBE = 8;

  private final NextLogits logits;

  private DecoderAnswers(NextLogits logits) {
    this.logits = logits;
  }

  static DecoderAnswers open(Bundle bundle, Adapter adapter, SessionSettings settings)
      throws IOException {
    GenerationOptions options = GenerationOptions.defaults().withSession(settings);
    return new DecoderAnswers(NextLogits.open(bundle, adapter, options));
  }

  @Override
  public boolean reads(String text) {
    return logits.reads(text);
  }

  @Override
  public Answer to(String text) {
    List<Float> adapted = Answer.list(logits.adapted(text));
    return new Answer(Answer.list(logits.base(text)), adapted, adapted);
  }

  @Override
  public Probe probe(String text, Answer answer) {
    List<Float> output = answer.output();
    List<Integer> highest =
        IntStream.range(0, output.size())
            .boxed()
            .sorted(Comparator.comparing(output::get).reversed())
            .limit(TOKENS_OF_A_PROBE)
            .toList();
    return new Probe(
        text,
        highest,
        highest.stream().map(answer.base()::get).toList(),
        highest.stream().map(output::get).toList());
  }

  @Override
  public void close() {
    logits.close();
  }
}
