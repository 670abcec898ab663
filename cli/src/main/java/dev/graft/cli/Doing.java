package dev.graft.cli;

/** A command that can say what it was about when something went wrong. */
interface Doing {
  /** A verb phrase that completes "cannot ...": {@code export 'model.onnx'}. */
  String doing();
}
