package dev.graft.autodiff;

import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;

/** A gradient was asked of a node that has none. */
public final class MissingGradientException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  static final String REMEDY = "see docs/howto/add-a-gradient-rule.md";

  private final transient Node node;

  private MissingGradientException(Node node, String message) {
    super(message);
    this.node = node;
  }

  static MissingGradientException noRule(Node node) {
    return new MissingGradientException(
        node, "no gradient rule for operator %s; %s".formatted(where(node), REMEDY));
  }

  /** For a rule that exists and cannot answer for this node. */
  static MissingGradientException because(Node node, String reason) {
    return new MissingGradientException(
        node, "no gradient for operator %s: %s".formatted(where(node), reason));
  }

  /** For several nodes without a rule, as {@link Coverage} lists them. */
  static MissingGradientException of(Coverage coverage) {
    return new MissingGradientException(coverage.gaps().get(0).node(), coverage.describe());
  }

  static String where(Node node) {
    String name = node.name().isEmpty() ? node.output(0) : node.name();
    return node.op().domain().isEmpty()
        ? "%s (node '%s', opset %d)".formatted(node.op(), name, Model.OPSET)
        : "%s (node '%s')".formatted(node.op(), name);
  }

  /** The first node that has no gradient. */
  public Node node() {
    return node;
  }

  public OpId operator() {
    return node.op();
  }
}
