package dev.graft.train;

import dev.graft.data.Batch;
import dev.graft.data.BatchPlan;
import dev.graft.data.Batcher;
import dev.graft.data.TokenizedSet;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loss and accuracy of the current parameters on the evaluation data. */
final class Evaluation implements AutoCloseable {
  private static final String LOSS = TrainingSessions.LOSS;
  private static final String LOGITS = TrainingSessions.LOGITS;

  private final Batcher batches;
  private final int labels;
  private final BatchFeeds feeds;

  Evaluation(TokenizedSet rows, int labels, int batchSize, List<String> baseInputs) {
    // Rows of like length together: the order does not matter here, padding does.
    this.batches = new Batcher(rows, new BatchPlan(batchSize, false, true, 0, 1));
    this.labels = labels;
    float[] weights = new float[labels];
    Arrays.fill(weights, 1);
    this.feeds = new BatchFeeds(baseInputs, weights, 0);
  }

  /**
   * Evaluate.
   *
   * @param parameters what the adapter's inputs are fed
   * @return empty if a stop was requested meanwhile
   */
  Optional<EvalMetrics> evaluate(
      int step, OrtModel model, Map<String, NativeTensor> parameters, StopSignal stop) {
    double loss = 0;
    long counted = 0;
    long right = 0;
    for (int i = 0; i < batches.stepsPerEpoch(); i++) {
      if (stop.requested()) {
        return Optional.empty();
      }
      Batch batch = batches.batch(0, i);
      Map<String, NativeTensor> inputs = new HashMap<>(parameters);
      inputs.putAll(feeds.fill(batch, 1));
      try (RunResult result = model.run(inputs, List.of(LOSS, LOGITS))) {
        loss += result.floatBuffer(LOSS).get(0);
        float[] logits = result.floats(LOGITS);
        for (int row = 0; row < batch.size(); row++) {
          int label = batch.labels()[row];
          if (label != TokenizedSet.NO_LABEL) {
            counted++;
            right += largest(logits, row) == label ? 1 : 0;
          }
        }
      }
    }
    double rows = Math.max(1, counted);
    return Optional.of(new EvalMetrics(step, loss / rows, right / rows));
  }

  private int largest(float[] logits, int row) {
    int best = 0;
    for (int label = 1; label < labels; label++) {
      if (logits[row * labels + label] > logits[row * labels + best]) {
        best = label;
      }
    }
    return best;
  }

  @Override
  public void close() {
    feeds.close();
  }
}
