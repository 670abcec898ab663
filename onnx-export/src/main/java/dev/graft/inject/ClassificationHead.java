package dev.graft.inject;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;

/**
 * The linear classification head {@code logits = pooled W + b}. Its weights are graph inputs, so
 * the number of labels belongs to the adapter.
 */
public final class ClassificationHead {
  /** Float {@code [H, L]}, or {@code [N, H, L]} stacked: the transpose of PEFT's tensor. */
  public static final String WEIGHT = "classifier.weight";

  /** Float {@code [L]}, or {@code [N, L]} stacked. */
  public static final String BIAS = "classifier.bias";

  /** Float {@code [B, L]}. */
  public static final String LOGITS = "logits";

  private ClassificationHead() {}

  /** Adds one head for all rows and returns the value that holds the logits. */
  static String single(GraphBuilder b, String pooled, long hiddenSize) {
    String weight = b.input(WEIGHT, ElementType.FLOAT, hiddenSize, "labels");
    String bias = b.input(BIAS, ElementType.FLOAT, "labels");
    return b.op("Add", b.op("MatMul", pooled, weight), bias);
  }

  /** Adds stacked heads of which each row uses one and returns the value that holds the logits. */
  static String stacked(GraphBuilder b, String pooled, long hiddenSize) {
    String weight = b.input(WEIGHT, ElementType.FLOAT, "adapters", hiddenSize, "labels");
    String bias = b.input(BIAS, ElementType.FLOAT, "adapters", "labels");
    String axis = b.longs(1);
    String chosen = LoraInjection.gatherRows(b, weight, LoraInjection.ADAPTER_INDEX);
    String logits = b.op("Squeeze", b.op("MatMul", b.op("Unsqueeze", pooled, axis), chosen), axis);
    return b.op("Add", logits, LoraInjection.gatherRows(b, bias, LoraInjection.ADAPTER_INDEX));
  }
}
