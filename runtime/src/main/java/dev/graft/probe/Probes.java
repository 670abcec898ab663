package dev.graft.probe;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.export.Bundle;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.ort.SessionSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Takes the probes of an adapter. */
public final class Probes {
  /**
   * Enough to notice another base, tokenizer or adapter. Never texts of the training data: an
   * adapter travels further than the data it was trained on may.
   */
  public static final List<String> NEUTRAL_TEXTS =
      List.of(
          "a",
          "Where is my order? It was due on Monday.",
          "My laptop shows a blue screen since the update and asks for a key that nobody has.");

  private Probes() {}

  /**
   * What base and adapter answer to texts; a text that has nothing to read for the model is left
   * out.
   *
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle
   * @throws IOException if the bundle cannot be read
   */
  public static List<Probe> take(
      Bundle bundle, Adapter adapter, List<String> texts, SessionSettings settings)
      throws IOException {
    List<Probe> probes = new ArrayList<>();
    try (Answers answers = Answers.open(bundle, adapter, settings)) {
      for (String text : texts) {
        if (answers.reads(text)) {
          probes.add(answers.probe(text, answers.to(text)));
        }
      }
    }
    return probes;
  }
}
