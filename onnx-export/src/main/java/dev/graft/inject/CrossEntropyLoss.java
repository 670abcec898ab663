package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import java.util.Map;

/**
 * Cross entropy with class weights, label smoothing and ignored rows, as PyTorch defines it
 * (https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html), but summed: the
 * caller feeds the normalisation, so that a batch split into parts has the same gradient as whole.
 *
 * <p>{@code loss = -loss_scale * sum_i sum_c t_ic * log_softmax(logits_i)_c} with {@code t_ic = w_c
 * * ((1 - s) * [c = label_i] + s / L)} for a counted row and 0 for an ignored one.
 */
public final class CrossEntropyLoss {
  /** int64 {@code [B]}; {@link #IGNORED} for rows that do not count. */
  public static final String LABELS = "labels";

  /** Float {@code [L]}. */
  public static final String CLASS_WEIGHTS = "class_weights";

  /** Float scalar in [0, 1). */
  public static final String LABEL_SMOOTHING = "label_smoothing";

  /** Float scalar, 1 / (sum of the class weights of all counted labels) for PyTorch's mean. */
  public static final String LOSS_SCALE = "loss_scale";

  /** Float scalar. */
  public static final String LOSS = "loss";

  /** The label of a row that does not count. */
  public static final long IGNORED = -100;

  private CrossEntropyLoss() {}

  /** Adds the loss of logits {@code [B, L]} and returns the value that holds it. */
  static String add(GraphBuilder b, String logits) {
    String labels = b.input(LABELS, ElementType.INT64, "batch");
    String weights = b.input(CLASS_WEIGHTS, ElementType.FLOAT, "labels");
    String smoothing = b.input(LABEL_SMOOTHING, ElementType.FLOAT);
    String scale = b.input(LOSS_SCALE, ElementType.FLOAT);

    String targets = targets(b, labels, weights, smoothing);
    String logProbabilities = b.op("LogSoftmax", Map.of("axis", Attribute.of(-1)), logits);
    String sum =
        b.op(
            "ReduceSum",
            Map.of("keepdims", Attribute.of(0)),
            b.op("Mul", logProbabilities, targets));
    return b.op("Mul", sum, b.op("Neg", scale));
  }

  /** {@code t} of the class comment, float {@code [B, L]}; depends on nothing trainable. */
  private static String targets(GraphBuilder b, String labels, String weights, String smoothing) {
    String column = b.op("Unsqueeze", labels, b.longs(1));
    String labelCount = b.op("Squeeze", b.op("Shape", weights), b.longs(0));
    String classes =
        b.op("Range", b.scalar(ElementType.INT64, 0), labelCount, b.scalar(ElementType.INT64, 1));
    Map<String, Attribute> toFloat = Map.of("to", Attribute.of(ElementType.FLOAT.number()));
    String oneHot = b.op("Cast", toFloat, b.op("Equal", column, classes));
    String counted =
        b.op("Cast", toFloat, b.op("GreaterOrEqual", column, b.scalar(ElementType.INT64, 0)));
    String share = b.op("Div", smoothing, b.op("Cast", toFloat, labelCount));
    String sharp = b.op("Mul", oneHot, b.op("Sub", b.scalar(1), smoothing));
    String smooth = b.op("Mul", counted, share);
    return b.op("Mul", b.op("Add", sharp, smooth), weights);
  }
}
