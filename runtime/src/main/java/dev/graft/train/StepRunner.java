package dev.graft.train;

import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Computes one optimizer step: loss and gradients of its rows, clipping, AdamW. */
final class StepRunner {
  private static final String LOSS = TrainingSessions.LOSS;

  /** What PyTorch's {@code clip_grad_norm_} adds to the norm it divides by. */
  private static final double CLIP_EPSILON = 1e-6;

  private final OrtModel training;
  private final AdamW optimizer;
  private final ParameterStore parameters;
  private final DropoutMasks masks;
  private final double clip;
  private final double loraPlusRatio;

  StepRunner(
      OrtModel training,
      AdamW optimizer,
      ParameterStore parameters,
      DropoutMasks masks,
      TrainingOptions options) {
    this.training = training;
    this.optimizer = optimizer;
    this.parameters = parameters;
    this.masks = masks;
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
   * Compute the gradient of the mean loss of a step, weighted as its rows are. Where nothing
   * counts, loss and gradient are zero.
   */
  Gradient gradient(StepRows rows) {
    double lossScale = rows.lossScale();
    double loss = 0;
    for (int i = 0; i < rows.runs().size(); i++) {
      loss += run(rows.runs().get(i), lossScale);
      if (rows.runs().size() > 1) {
        boolean first = i == 0;
        parameters.groups().forEach(group -> group.accumulate(first));
      }
    }
    if (rows.runs().size() > 1) {
      parameters.groups().forEach(ParameterGroup::takeAccumulated);
    }
    double squares = 0;
    for (ParameterGroup group : parameters.groups()) {
      group.unscaleGradient();
      squares += group.gradientSquares();
    }
    return new Gradient(loss, Math.sqrt(squares));
  }

  private double run(StepRows.Run rows, double lossScale) {
    Map<String, NativeTensor> inputs = new HashMap<>(parameters.feeds());
    inputs.putAll(rows.feeds(lossScale));
    if (!masks.isEmpty()) {
      inputs.putAll(masks.of(rows.tokens()));
    }
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
}
