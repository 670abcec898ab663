package dev.graft.train;

import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW as PyTorch defines it, computed by the bundle's optimizer graph, one group of parameters a
 * run. The tensors for its scalars are made once and refilled.
 */
final class AdamW implements AutoCloseable {
  private static final String STEP = "step";
  private static final String LEARNING_RATE = "learning_rate";
  private static final String GRADIENT_SCALE = "gradient_scale";

  private final OrtModel model;
  private final Map<String, NativeTensor> scalars = new HashMap<>();

  /**
   * Use an open optimizer graph, which stays its owner's.
   *
   * @throws IllegalArgumentException if the graph does not take what AdamW needs
   */
  AdamW(OrtModel model, TrainingOptions options) {
    this.model = model;
    Map<String, Double> constants =
        Map.of(
            "beta1", options.beta1(),
            "beta2", options.beta2(),
            "epsilon", options.epsilon(),
            "weight_decay", options.weightDecay());
    List<String> names = new ArrayList<>(constants.keySet());
    names.addAll(List.of(STEP, LEARNING_RATE, GRADIENT_SCALE));
    for (String name : names) {
      scalars.put(name, NativeTensor.zeros(typeOf(name)));
    }
    constants.forEach(this::setScalar);
  }

  private ElementType typeOf(String input) {
    return model.inputs().stream()
        .filter(spec -> spec.name().equals(input))
        .findFirst()
        .map(TensorSpec::type)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the optimizer graph has no input \"%s\", it has %s"
                        .formatted(input, model.inputNames())));
  }

  /**
   * Update one group by its gradient.
   *
   * @param step 1 for the first
   * @param gradientScale factor of the gradient, below 1 where it is clipped
   */
  void update(ParameterGroup group, double learningRate, int step, double gradientScale) {
    setScalar(LEARNING_RATE, learningRate);
    setScalar(GRADIENT_SCALE, gradientScale);
    setScalar(STEP, step);
    Map<String, NativeTensor> feeds = new HashMap<>(scalars);
    feeds.put("param", group.values());
    feeds.put("gradient", group.gradient());
    feeds.put("first_moment", group.firstMoment());
    feeds.put("second_moment", group.secondMoment());
    Map<String, NativeTensor> updated =
        Map.of(
            "updated_param", group.updatedValues(),
            "updated_first_moment", group.updatedFirstMoment(),
            "updated_second_moment", group.updatedSecondMoment());
    model.run(feeds, List.of(), updated).close();
    group.adopt();
  }

  private void setScalar(String name, double value) {
    NativeTensor tensor = scalars.get(name);
    if (tensor == null) {
      throw new IllegalStateException("no scalar " + name);
    }
    switch (tensor.type()) {
      case DOUBLE -> tensor.byteBuffer().putDouble(0, value);
      case FLOAT -> tensor.byteBuffer().putFloat(0, (float) value);
      case INT64 -> tensor.byteBuffer().putLong(0, (long) value);
      default ->
          throw new IllegalArgumentException(
              "the optimizer graph's input \"%s\" is %s, expected a number"
                  .formatted(name, tensor.type()));
    }
  }

  @Override
  public void close() {
    scalars.values().forEach(NativeTensor::close);
  }
}
