package dev.graft.probe;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.export.Bundle;
import dev.graft.export.Task;
import dev.graft.infer.Embedding;
import dev.graft.infer.Engine;
import dev.graft.infer.EngineOptions;
import dev.graft.infer.Request;
import dev.graft.ort.SessionSettings;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Vectors of an encoder, and the logits of a classifier. */
final class EncoderAnswers implements Answers {
  private static final String ADAPTER = "adapter";

  private final Engine engine;
  private final boolean classifies;

  private EncoderAnswers(Engine engine, boolean classifies) {
    this.engine = engine;
    this.classifies = classifies;
  }

  static EncoderAnswers open(Bundle bundle, Adapter adapter, SessionSettings settings)
      throws IOException {
    Engine engine = Engine.open(bundle, EngineOptions.defaults().withSession(settings));
    boolean complete = false;
    try {
      boolean hasHead = !engine.load(ADAPTER, adapter).labels().isEmpty();
      complete = true;
      return new EncoderAnswers(
          engine, hasHead && bundle.manifest().task() == Task.TEXT_CLASSIFICATION);
    } finally {
      if (!complete) {
        engine.close();
      }
    }
  }

  @Override
  public boolean reads(String text) {
    return true;
  }

  /**
   * Base and adapter share one run, so that an adapter of zeros gives exactly the base's vector.
   */
  @Override
  public Answer to(String text) {
    Request adapted = Request.of(text, ADAPTER);
    List<Embedding> vectors =
        engine.embed(List.of(new Request(text, Optional.empty()), adapted), false);
    return new Answer(
        Answer.list(vectors.get(0).values()),
        Answer.list(vectors.get(1).values()),
        classifies ? engine.predict(List.of(adapted)).get(0).logits() : List.of());
  }

  @Override
  public Probe probe(String text, Answer answer) {
    return new Probe(text, answer.base(), answer.output());
  }

  @Override
  public void close() {
    engine.close();
  }
}
