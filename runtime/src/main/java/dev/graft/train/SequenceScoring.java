package dev.graft.train;

import dev.graft.data.BatchPlan;
import dev.graft.data.SequenceBatch;
import dev.graft.data.SequenceBatcher;
import dev.graft.data.TokenSequences;
import dev.graft.inject.CausalLmLoss;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs a decoder's evaluation graph over sequences. For one thread. */
final class SequenceScoring implements AutoCloseable {
  private final int batchSize;
  private final int tokensPerRun;
  private final SequenceFeeds feeds;

  /**
   * Makes the inputs.
   *
   * @param virtualTokens the length of the prefix in front of every text; 0 without
   */
  SequenceScoring(List<String> baseInputs, int virtualTokens, TrainingOptions options) {
    this.batchSize = options.batchSize();
    this.tokensPerRun = options.tokensPerRun();
    this.feeds = new SequenceFeeds(baseInputs, virtualTokens);
  }

  /** Sums over the learned tokens of a set; empty if a stop was requested meanwhile. */
  Optional<TextScore> score(
      TokenSequences rows, OrtModel model, Map<String, NativeTensor> parameters, StopSignal stop) {
    // Rows of like length together: the order does not matter here, padding does.
    BatchPlan plan = new BatchPlan(batchSize, false, true, 0, 1);
    SequenceBatcher batcher = new SequenceBatcher(rows, plan, false);
    TextScore score = TextScore.NONE;
    for (int i = 0; i < batcher.stepsPerEpoch(); i++) {
      List<SequenceBatch> asked = List.of(batcher.batch(0, i));
      for (SequenceBatch batch : SequenceBatch.split(rows, asked, 1, tokensPerRun)) {
        if (stop.requested()) {
          return Optional.empty();
        }
        score = score.plus(score(batch, model, parameters));
      }
    }
    return Optional.of(score);
  }

  private TextScore score(
      SequenceBatch batch, OrtModel model, Map<String, NativeTensor> parameters) {
    Map<String, NativeTensor> inputs = new HashMap<>(parameters);
    inputs.putAll(feeds.fill(batch, 1));
    List<String> wanted = List.of(CausalLmLoss.LOSS, CausalLmLoss.PREDICTIONS);
    try (RunResult result = model.run(inputs, wanted)) {
      long[] predicted = result.longs(CausalLmLoss.PREDICTIONS);
      long right = 0;
      for (int i = 0; i < predicted.length; i++) {
        right += predicted[i] == batch.labels()[i] ? 1 : 0;
      }
      return new TextScore(
          batch.size(), predicted.length, right, result.floatBuffer(CausalLmLoss.LOSS).get(0));
    }
  }

  @Override
  public void close() {
    feeds.close();
  }
}
