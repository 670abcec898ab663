package dev.graft.train;

import dev.graft.data.Batch;
import dev.graft.data.TokenizedSet;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Labelled texts as the graphs of a classifier take them. */
final class ClassificationRows implements TaskRows {
  private final PreparedData data;
  private final BatchFeeds feeds;
  private final float[] classWeights;
  private final int tokensPerRun;
  private final Optional<Evaluation> evaluation;

  ClassificationRows(
      PreparedData data, float[] classWeights, TrainingOptions options, List<String> baseInputs) {
    this.data = data;
    this.classWeights = classWeights.clone();
    this.tokensPerRun = options.tokensPerRun();
    this.feeds = new BatchFeeds(baseInputs, classWeights, options.labelSmoothing());
    this.evaluation =
        data.eval()
            .map(
                rows -> new Evaluation(rows, classWeights.length, options.batchSize(), baseInputs));
  }

  @Override
  public StepRows step(int epoch, int first, int end) {
    List<Batch> batches = new ArrayList<>();
    for (int i = first; i < end; i++) {
      batches.add(data.batcher().batch(epoch, i));
    }
    List<Batch> runs =
        MicroBatches.of(
            data.batcher().set(), batches, data.batcher().plan().padMultiple(), tokensPerRun);
    return rows(epoch, batches, runs, classWeights, feeds, () -> data.describe(rows(batches)));
  }

  /**
   * The rows of a step.
   *
   * @param epoch the pass over the data
   * @param asked the batches as they were asked for
   * @param runs the same rows as they run
   */
  static StepRows rows(
      int epoch,
      List<Batch> asked,
      List<Batch> runs,
      float[] classWeights,
      BatchFeeds feeds,
      StepRows.Origin origin) {
    List<StepRows.Run> fed = new ArrayList<>();
    runs.forEach(batch -> fed.add(new Run(epoch, batch, feeds)));
    return new StepRows(
        fed,
        weight(asked, classWeights),
        asked.stream().mapToLong(Batch::realTokens).sum(),
        asked.stream().mapToLong(Batch::paddedTokens).sum(),
        origin);
  }

  private record Run(int epoch, Batch batch, BatchFeeds memory) implements StepRows.Run {
    @Override
    public Map<String, NativeTensor> feeds(double lossScale) {
      return memory.fill(batch, lossScale);
    }

    @Override
    public RunTokens tokens() {
      return RunTokens.of(epoch, batch);
    }
  }

  /** The class weights of all counted rows, as PyTorch's {@code reduction='mean'} divides by. */
  private static double weight(List<Batch> batches, float[] classWeights) {
    double weight = 0;
    for (Batch batch : batches) {
      for (int label : batch.labels()) {
        weight += label == TokenizedSet.NO_LABEL ? 0 : classWeights[label];
      }
    }
    return weight;
  }

  private static int[] rows(List<Batch> batches) {
    return batches.stream()
        .flatMapToInt(batch -> IntStream.range(0, batch.size()).map(batch::row))
        .toArray();
  }

  @Override
  public Optional<EvalMetrics> evaluate(
      int step, OrtModel model, Map<String, NativeTensor> parameters, StopSignal stop) {
    return evaluation
        .orElseThrow(() -> new IllegalStateException("no data to evaluate on"))
        .evaluate(step, model, parameters, stop);
  }

  @Override
  public void close() {
    feeds.close();
    evaluation.ifPresent(Evaluation::close);
  }
}
