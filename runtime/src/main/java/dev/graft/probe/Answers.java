package dev.graft.probe;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.export.Bundle;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.ort.SessionSettings;
import java.io.IOException;

/** Asks a base and one adapter of it. To be closed. */
interface Answers extends AutoCloseable {

  /** Whether the text has anything that the model can read. */
  boolean reads(String text);

  /**
   * What the base and the adapter answer to a text.
   *
   * @throws IllegalArgumentException if the text has no token, or one that the model has not
   */
  Answer to(String text);

  /** What is to be expected of a text that was answered so. */
  Probe probe(String text, Answer answer);

  @Override
  void close();

  /**
   * Opens a bundle with an adapter.
   *
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle
   */
  static Answers open(Bundle bundle, Adapter adapter, SessionSettings settings) throws IOException {
    return bundle.manifest().decoder().isPresent()
        ? DecoderAnswers.open(bundle, adapter, settings)
        : EncoderAnswers.open(bundle, adapter, settings);
  }
}
