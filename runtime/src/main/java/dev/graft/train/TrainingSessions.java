package dev.graft.train;

import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;
import java.io.IOException;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a run and the only place that chooses their settings. The evaluation session is
 * opened when it is first needed.
 */
final class TrainingSessions implements AutoCloseable {
  static final String LOSS = "loss";
  static final String LOGITS = "logits";

  private final TrainingModels models;
  private final TrainedAdapter adapter;
  private final SessionSettings settings;
  private final OrtModel training;
  private final OrtModel optimizer;
  private @Nullable OrtModel eval;

  private TrainingSessions(
      TrainingModels models,
      TrainedAdapter adapter,
      SessionSettings settings,
      OrtModel training,
      OrtModel optimizer) {
    this.models = models;
    this.adapter = adapter;
    this.settings = settings;
    this.training = training;
    this.optimizer = optimizer;
  }

  /**
   * Open the training and the optimizer session.
   *
   * @param gradients the outputs with the gradients
   * @param precision of the training graph; the adapter is evaluated on the float base it will
   *     serve
   * @param checkpointing whether the training graph computes the inside of layers twice
   */
  static TrainingSessions open(
      TrainingModels models,
      TrainedAdapter adapter,
      Set<String> gradients,
      BasePrecision precision,
      boolean checkpointing,
      OptionalInt threads)
      throws IOException {
    SessionSettings settings = settings(threads);
    Set<String> outputs = new HashSet<>(gradients);
    outputs.add(LOSS);
    OrtModel training =
        models.open(
            adapter.trainingGraph(),
            adapter.slots(),
            outputs,
            new GraphOptions(precision, adapter.dropout(), checkpointing),
            settings);
    boolean complete = false;
    try {
      // Its work is a few passes over short vectors: a pool of threads would cost more than it
      // brings, and one thread adds in one order.
      OrtModel optimizer =
          models.open(
              TrainingModels.Graph.OPTIMIZER,
              adapter.slots(),
              Set.of(),
              GraphOptions.plain(BasePrecision.FP32),
              settings.withIntraOpThreads(1));
      complete = true;
      return new TrainingSessions(models, adapter, settings, training, optimizer);
    } finally {
      if (!complete) {
        training.close();
      }
    }
  }

  /**
   * Shapes change from batch to batch, so a memory pattern would only waste memory; prepacked
   * weights would lie in memory twice.
   */
  static SessionSettings settings(OptionalInt threads) {
    return SessionSettings.defaults()
        .withIntraOpThreads(threads.orElse(0))
        .withPrepacking(false)
        .withMemoryPattern(false);
  }

  OrtModel training() {
    return training;
  }

  OrtModel optimizer() {
    return optimizer;
  }

  OrtModel eval() throws IOException {
    OrtModel open = eval;
    if (open == null) {
      open =
          models.open(
              adapter.evalGraph(),
              adapter.slots(),
              Set.of(),
              GraphOptions.plain(BasePrecision.FP32),
              settings);
      eval = open;
    }
    return open;
  }

  @Override
  public void close() {
    training.close();
    optimizer.close();
    if (eval != null) {
      eval.close();
    }
  }
}
