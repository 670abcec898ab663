package dev.graft.train;

import dev.graft.data.SequenceBatch;
import dev.graft.data.SequenceBatcher;
import dev.graft.data.TokenSequences;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sequences as the graphs of a decoder take them. */
final class GenerationRows implements TaskRows {
  private final GenerationData data;
  private final int tokensPerRun;
  private final SequenceFeeds feeds;
  private final SequenceScoring scoring;

  /**
   * Makes the inputs.
   *
   * @param virtualTokens the length of the prefix that is trained; 0 without
   */
  GenerationRows(
      GenerationData data, TrainingOptions options, List<String> baseInputs, int virtualTokens) {
    this.data = data;
    this.tokensPerRun = options.tokensPerRun();
    this.feeds = new SequenceFeeds(baseInputs, virtualTokens);
    this.scoring = new SequenceScoring(baseInputs, virtualTokens, options);
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
        .forEach(batch -> runs.add(new Run(epoch, batch, feeds)));
    return new StepRows(
        runs,
        asked.stream().mapToDouble(GenerationRows::weight).sum(),
        asked.stream().mapToLong(SequenceBatch::realTokens).sum(),
        asked.stream().mapToLong(SequenceBatch::paddedTokens).sum(),
        () -> data.describe(asked));
  }

  private record Run(int epoch, SequenceBatch batch, SequenceFeeds memory) implements StepRows.Run {
    @Override
    public Map<String, NativeTensor> feeds(double lossScale) {
      return memory.fill(batch, lossScale);
    }

    @Override
    public RunTokens tokens() {
      return RunTokens.of(epoch, batch);
    }
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
    return scoring
        .score(rows, model, parameters, stop)
        .map(score -> new EvalMetrics(step, score.meanNll(), score.accuracy()));
  }

  @Override
  public void close() {
    feeds.close();
    scoring.close();
  }
}
