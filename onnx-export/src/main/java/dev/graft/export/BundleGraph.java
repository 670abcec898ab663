package dev.graft.export;

/** The graphs of a bundle; the file names follow ONNX Runtime's own training artifacts. */
public enum BundleGraph {
  /** Loss, logits and one gradient per adapter tensor. */
  TRAINING("training_model.onnx"),
  /** Loss and logits. */
  EVAL("eval_model.onnx"),
  /** One AdamW step over a flat vector. */
  OPTIMIZER("optimizer_model.onnx"),
  /** Embeddings, and logits where the task has them, with an adapter of its own per row. */
  INFERENCE("inference_model.onnx");

  private final String fileName;

  BundleGraph(String fileName) {
    this.fileName = fileName;
  }

  public String fileName() {
    return fileName;
  }
}
