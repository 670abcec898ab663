package dev.graft.export;

/** The graphs of a bundle; the file names follow ONNX Runtime's own training artifacts. */
public enum BundleGraph {
  /** Loss and one gradient per LoRA tensor, and per tensor of the head where there is one. */
  TRAINING("training_model.onnx"),
  /** Loss, and logits or predictions, with a LoRA adapter. */
  EVAL("eval_model.onnx"),
  /** Loss and one gradient per prefix tensor. */
  PREFIX_TRAINING("prefix_training_model.onnx"),
  /** Loss and predictions with a prefix. */
  PREFIX_EVAL("prefix_eval_model.onnx"),
  /** One AdamW step over a flat vector. */
  OPTIMIZER("optimizer_model.onnx"),
  /** Embeddings or logits, with an adapter of its own per row. */
  INFERENCE("inference_model.onnx");

  private final String fileName;

  BundleGraph(String fileName) {
    this.fileName = fileName;
  }

  public String fileName() {
    return fileName;
  }
}
