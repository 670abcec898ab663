package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The loss of next-token prediction, over labelled positions only: {@code loss = loss_scale * sum_i
 * w_i * -log softmax(logits_i)[label_i]}.
 *
 * <p>Its gradient with respect to the logits is {@code loss_scale * w_i * (softmax(logits_i) -
 * onehot(label_i))} and is computed as that, beside the loss: the vocabulary is the largest matrix
 * of a small decoder, and the rules of the single operators would pass over it four more times.
 */
public final class CausalLmLoss {
  /** int64 {@code [L]}: index {@code row * tokens + column} of a position that predicts. */
  public static final String LABEL_POSITIONS = "label_positions";

  /** int64 {@code [L]}: the token that follows it. */
  public static final String LABELS = "labels";

  /** Float {@code [L]}: how much it counts. */
  public static final String LABEL_WEIGHTS = "label_weights";

  /** Float scalar, 1 / (sum of the weights of all labels of a step) for the mean. */
  public static final String LOSS_SCALE = "loss_scale";

  /** Float scalar. */
  public static final String LOSS = "loss";

  /** int64 {@code [L]}: the most likely tokens. */
  public static final String PREDICTIONS = "predictions";

  /** Probabilities below this are taken for it, so that the loss stays finite. */
  private static final double SMALLEST_PROBABILITY = Float.MIN_NORMAL;

  private CausalLmLoss() {}

  /**
   * The values that {@link #add} made.
   *
   * @param loss the scalar
   * @param gradients by logits {@code [L, V]} the gradient with respect to them
   * @param predictions see {@link #PREDICTIONS}
   */
  record Added(String loss, Map<String, String> gradients, String predictions) {}

  /** Loss, gradient and predictions of some of the positions. */
  private record Part(String loss, String gradient, String predictions) {}

  /**
   * Adds loss, gradients and predictions to a graph that has the labels already.
   *
   * @param chunks how {@code parts} was made
   */
  static Added add(GraphBuilder b, HeadChunks chunks, HeadChunks.Parts parts) {
    String weights = b.input(LABEL_WEIGHTS, ElementType.FLOAT, "labelled");
    String scale = b.input(LOSS_SCALE, ElementType.FLOAT);
    List<String> labelParts = split(b, chunks, parts, LABELS);
    List<String> weightParts = split(b, chunks, parts, weights);
    Map<String, String> gradients = new LinkedHashMap<>();
    List<String> losses = new ArrayList<>();
    List<String> predictions = new ArrayList<>();
    for (int i = 0; i < parts.logits().size(); i++) {
      String logits = parts.logits().get(i);
      Part part = part(b, logits, labelParts.get(i), weightParts.get(i), scale);
      losses.add(part.loss());
      gradients.put(logits, part.gradient());
      predictions.add(part.predictions());
    }
    Map<String, Attribute> rows = Map.of("axis", Attribute.of(0));
    return losses.size() == 1
        ? new Added(losses.get(0), gradients, predictions.get(0))
        : new Added(
            b.op("Sum", losses.toArray(String[]::new)),
            gradients,
            b.op("Concat", rows, predictions.toArray(String[]::new)));
  }

  private static List<String> split(
      GraphBuilder b, HeadChunks chunks, HeadChunks.Parts parts, String value) {
    return parts.sizes().map(sizes -> chunks.split(b, value, sizes)).orElse(List.of(value));
  }

  private static Part part(
      GraphBuilder b, String logits, String labels, String weights, String scale) {
    Map<String, Attribute> lastAxis = Map.of("axis", Attribute.of(-1));
    String columns = b.op("Unsqueeze", labels, b.longs(1));
    String factors = b.op("Unsqueeze", b.op("Mul", weights, scale), b.longs(1));

    String p = b.op("Softmax", lastAxis, logits);
    String chosen = b.op("GatherElements", lastAxis, p, columns);
    String nll = b.op("Neg", b.op("Log", b.op("Max", chosen, b.scalar(SMALLEST_PROBABILITY))));
    String loss = b.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), b.op("Mul", nll, factors));

    // What follows takes its shape from the chosen probabilities, so that they are picked before:
    // else the loss is computed last, and p lives as long as the backward pass.
    String shape = b.op("Shape", chosen);
    String minusFactors = b.op("Reshape", b.op("Neg", factors), shape);
    Map<String, Attribute> adding =
        Map.of("axis", Attribute.of(-1), "reduction", Attribute.of("add"));
    String scaled = b.op("Mul", p, factors);
    String gradient = b.op("ScatterElements", adding, scaled, columns, minusFactors);

    Map<String, Attribute> row = Map.of("axis", Attribute.of(-1), "keepdims", Attribute.of(1));
    String best = b.op("Reshape", b.op("ArgMax", row, logits), shape);
    return new Part(loss, gradient, b.op("Squeeze", best, b.longs(1)));
  }
}
