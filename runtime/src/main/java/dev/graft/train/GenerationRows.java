package dev.graft.train;

import dev.graft.data.BatchPlan;
import dev.graft.data.SequenceBatch;
import dev.graft.data.SequenceBatcher;
import dev.graft.data.TokenSequences;
import dev.graft.inject.CausalLmLoss;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sequences as the graphs of a decoder take them. */
final class GenerationRows implements TaskRows {
  private final GenerationData data;
  private final int tokensPerRun;
  private final int batchSize;
  private final SequenceFeeds feeds;

  /**
   * Makes the inputs.
   *
   * @param virtualTokens the length of the prefix that is trained; 0 without
   */
  GenerationRows(
      GenerationData data, TrainingOptions options, List<String> baseInputs, int virtualTokens) {
    this.data = data;
    this.tokensPerRun = options.tokensPerRun();
    this.batchSize = options.batchSize();
    this.feeds = new SequenceFeeds(baseInputs, virtualTokens);
  }

  @Override
  public StepRows step(int epoch, int first, int end) {
    SequenceBatcher batcher = data.batcher();
    List<SequenceBatch> asked = new ArrayList<>();
    for (int i = first; i < end; i++) {
      asked.add(batcher.batch(epoch, i));
    }
    List<StepRows.Run> runs = new ArrayList<>();
    SequenceBatch.split(batcher.set(), asked, batcher.plan().padMultiple(), tokensPerRun)
        .forEach(batch -> runs.add(scale -> feeds.fill(batch, scale)));
    return new StepRows(
        runs,
        asked.stream().mapToDouble(GenerationRows::weight).sum(),
        asked.stream().mapToLong(SequenceBatch::realTokens).sum(),
        asked.stream().mapToLong(SequenceBatch::paddedTokens).sum(),
        () -> data.describe(asked));
  }

  private static double weight(SequenceBatch batch) {
    double sum = 0;
    for (float weight : batch.labelWeights()) {
      sum += weight;
    }
    return sum;
  }

  @Override
  public Optional<EvalMetrics> evaluate(
      int step, OrtModel model, Map<String, NativeTensor> parameters, StopSignal stop) {
    TokenSequences rows =
        data.eval().orElseThrow(() -> new IllegalStateException("no data to evaluate on"));
    return score(rows, model, parameters, stop)
        .map(score -> new EvalMetrics(step, score.meanNll(), score.accuracy()));
  }

  /** Sums over the learned tokens of a set; empty if a stop was requested meanwhile. */
  Optional<TokenScore> score(
      TokenSequences rows, OrtModel model, Map<String, NativeTensor> parameters, StopSignal stop) {
    // Rows of like length together: the order does not matter here, padding does.
    BatchPlan plan = new BatchPlan(batchSize, false, true, 0, 1);
    SequenceBatcher batcher = new SequenceBatcher(rows, plan, false);
    TokenScore score = TokenScore.NONE;
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

  private TokenScore score(
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
      return new TokenScore(
          batch.size(),
          predicted.length,
          right,
          result.floatBuffer(CausalLmLoss.LOSS).get(0));
    }
  }

  @Override
  public void close() {
    feeds.close();
  }
}
