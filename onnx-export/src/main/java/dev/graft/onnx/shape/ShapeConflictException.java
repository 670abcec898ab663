package dev.graft.onnx.shape;

import dev.graft.onnx.Node;

/** Thrown when the inputs of a node do not fit its operator, or its outputs what the file says. */
public final class ShapeConflictException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  ShapeConflictException(Node node, String problem) {
    super("%s: %s".formatted(node.describe(), problem));
  }
}
