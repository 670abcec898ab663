package dev.graft.session;

import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.RunResult;
import dev.graft.ort.TensorSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/** Inputs of a training graph of any task for some rows of equal length, the same at every call. */
final class StepFeeds implements AutoCloseable {
  private static final int RANK = 3;
  private static final int VIRTUAL = 2;
  private static final int CLASSES = 4;

  private final Map<String, NativeTensor> tensors = new HashMap<>();
  private final int rows;
  private final int tokens;
  private final boolean prefix;

  private StepFeeds(OrtModel model, int rows, int tokens) {
    this.rows = rows;
    this.tokens = tokens;
    this.prefix = model.inputNames().stream().anyMatch(name -> name.startsWith("prefix."));
    boolean decoder = model.inputNames().contains("label_positions");
    for (TensorSpec spec : model.inputs()) {
      boolean whole = spec.type() == ElementType.INT64;
      tensors.put(spec.name(), whole ? longs(spec.name(), decoder) : floats(spec));
    }
  }

  static StepFeeds of(OrtModel model, int rows, int tokens) {
    return new StepFeeds(model, rows, tokens);
  }

  private NativeTensor longs(String name, boolean decoder) {
    int ahead = prefix ? VIRTUAL : 0;
    int width = tokens + ahead;
    return switch (name) {
      case "input_ids" -> filled(i -> 5 + (i * 7L) % 40, rows, tokens);
      // Two texts in each row of a decoder; a hole at the end of the last row.
      case "attention_mask" ->
          filled(
              i ->
                  i % width < ahead
                      ? -1
                      : i == rows * width - 1 ? 0 : decoder && i % width > width / 2 ? 2 : 1,
              rows,
              width);
      case "position_ids" -> filled(i -> i % tokens + ahead, rows, tokens);
      case "label_positions" -> filled(i -> i + 1, labels());
      case "labels" -> decoder ? filled(i -> 6 + i, labels()) : filled(i -> i % CLASSES, rows);
      default -> filled(i -> 0, rows, tokens);
    };
  }

  private int labels() {
    return rows * tokens - 2;
  }

  private static NativeTensor filled(IntToLongFunction value, long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    long[] values = new long[count];
    Arrays.setAll(values, value);
    return NativeTensor.of(values, shape);
  }

  private NativeTensor floats(TensorSpec spec) {
    String name = spec.name();
    long[] shape = new long[spec.shape().size()];
    for (int i = 0; i < shape.length; i++) {
      long open =
          name.startsWith("prefix.")
              ? VIRTUAL
              : name.equals("label_weights") ? labels() : name.contains("lora") ? RANK : CLASSES;
      shape[i] = spec.shape().get(i) > 0 ? spec.shape().get(i) : open;
    }
    NativeTensor tensor = NativeTensor.floats(shape);
    Random random = new Random(name.hashCode());
    for (int i = 0; i < tensor.size(); i++) {
      float value =
          switch (name) {
            case "loss_scale" -> 0.25f;
            case "label_smoothing" -> 0.1f;
            case "label_weights", "class_weights" -> 1 + i % 3;
            default -> (float) random.nextGaussian() * 0.3f;
          };
      tensor.floatBuffer().put(i, value);
    }
    return tensor;
  }

  /** Every output of the graph: the loss and the gradients. */
  Map<String, float[]> run(OrtModel model) {
    Map<String, float[]> values = new TreeMap<>();
    try (RunResult result = model.run(tensors, model.outputNames())) {
      model.outputNames().forEach(name -> values.put(name, result.floats(name)));
    }
    return values;
  }

  @Override
  public void close() {
    tensors.values().forEach(NativeTensor::close);
  }
}
