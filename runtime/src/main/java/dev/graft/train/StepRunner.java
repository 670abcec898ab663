package dev.graft.train;

import dev.graft.data.Batch;
import dev.graft.data.TokenizedSet;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Computes one optimizer step: loss and gradients of its batches, clipping, AdamW. */
final class StepRunner implements AutoCloseable {
  private static final String LOSS = TrainingSessions.LOSS;

  /** What PyTorch's {@code clip_grad_norm_} adds to the norm it divides by. */
  private static final double CLIP_EPSILON = 1e-6;

  private final OrtModel training;
  private final AdamW optimizer;
  private final ParameterStore parameters;
  private final BatchFeeds feeds;
  private final float[] classWeights;
  private final double clip;
  private final double loraPlusRatio;

  StepRunner(
      OrtModel training,
      AdamW optimizer,
      ParameterStore parameters,
      List<String> baseInputs,
      float[] classWeights,
      TrainingOptions options) {
    this.training = training;
    this.optimizer = optimizer;
    this.parameters = parameters;
    this.feeds = new BatchFeeds(baseInputs, classWeights, options.labelSmoothing());
    this.classWeights = classWeights.clone();
    this.clip = options.clip();
    this.loraPlusRatio = options.loraPlusRatio();
  }

  /** The loss and the norm of the gradient, before clipping; either may not be finite. */
  record Gradient(double loss, double norm) {
    boolean isFinite() {
      return Double.isFinite(loss) && Double.isFinite(norm);
    }
  }

  /**
   * Compute the gradient of the mean loss over all counted rows of the batches.
   *
   * <p>The mean is over the class weights of the rows' labels, as PyTorch's {@code
   * reduction='mean'}. Where nothing counts, loss and gradient are zero.
   */
  Gradient gradient(List<Batch> batches) {
    double lossScale = lossScale(batches);
    double loss = 0;
    for (int i = 0; i < batches.size(); i++) {
      loss += run(batches.get(i), lossScale);
      if (batches.size() > 1) {
        boolean first = i == 0;
        parameters.groups().forEach(group -> group.accumulate(first));
      }
    }
    if (batches.size() > 1) {
      parameters.groups().forEach(ParameterGroup::takeAccumulated);
    }
    double squares = 0;
    for (ParameterGroup group : parameters.groups()) {
      group.unscaleGradient();
      squares += group.gradientSquares();
    }
    return new Gradient(loss, Math.sqrt(squares));
  }

  private double lossScale(List<Batch> batches) {
    double weight = 0;
    for (Batch batch : batches) {
      for (int label : batch.labels()) {
        weight += label == TokenizedSet.NO_LABEL ? 0 : classWeights[label];
      }
    }
    return weight > 0 ? 1 / weight : 0;
  }

  private double run(Batch batch, double lossScale) {
    Map<String, NativeTensor> inputs = new HashMap<>(parameters.feeds());
    inputs.putAll(feeds.fill(batch, lossScale));
    try (RunResult result = training.run(inputs, List.of(LOSS), parameters.gradients())) {
      return result.floatBuffer(LOSS).get(0);
    }
  }

  /**
   * Move the parameters by the gradient just computed.
   *
   * @param step 1 for the first
   */
  void update(Gradient gradient, double learningRate, int step) {
    double scale = clip > 0 ? Math.min(1, clip / (gradient.norm() + CLIP_EPSILON)) : 1;
    for (ParameterGroup group : parameters.groups()) {
      boolean isB = group.kind() == ParameterGroup.Kind.B;
      optimizer.update(group, isB ? loraPlusRatio * learningRate : learningRate, step, scale);
    }
  }

  @Override
  public void close() {
    feeds.close();
  }
}
