package dev.graft.autodiff;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import java.util.List;

/**
 * Adds to a graph the nodes that compute gradients of a scalar loss.
 *
 * <p>The graph must be in Graft's own opset ({@link dev.graft.onnx.Model#OPSET}) and should carry
 * the types of its values: rules need ranks, and the better dimensions are known, the fewer nodes
 * are needed to undo broadcasting.
 */
public final class Autodiff {
  private Autodiff() {}

  /**
   * Differentiates {@code loss} with respect to every trainable value.
   *
   * <p>Trainable values may be graph inputs, initializers or results of nodes. Nothing is emitted
   * for values that lead to none of them. Forward nodes stay as they are, but that some get further
   * outputs (statistics of a normalisation).
   *
   * @param loss a value with one element
   * @throws MissingGradientException if nodes on the way have no gradient; it lists all of them
   * @throws IllegalArgumentException if a name is unknown, the loss is not a scalar, or a trainable
   *     value has no influence on it
   */
  public static Gradient differentiate(Graph forward, String loss, List<String> trainable) {
    return differentiate(forward, loss, trainable, GradientRules.standard());
  }

  static Gradient differentiate(
      Graph forward, String loss, List<String> trainable, GradientRules rules) {
    Graph sorted = forward.withNodes(GraphOrder.sort(forward.nodes()));
    Coverage coverage = Coverage.of(sorted, loss, trainable, rules);
    if (!coverage.isComplete()) {
      throw MissingGradientException.of(coverage);
    }
    return new Backward(sorted, loss, trainable, rules).run();
  }
}
