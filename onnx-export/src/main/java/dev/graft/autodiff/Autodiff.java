package dev.graft.autodiff;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import java.util.List;
import java.util.Optional;

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

  /**
   * Pulls the gradient of one value back to every trainable value, for losses whose gradient is
   * known in a better form than the rules would find.
   *
   * @param value where the backward pass starts
   * @param gradient a value of the same graph that holds the gradient of the loss with respect to
   *     {@code value}; of the same shape
   * @throws MissingGradientException if nodes on the way have no gradient; it lists all of them
   * @throws IllegalArgumentException if a name is unknown or a trainable value has no influence
   */
  public static Gradient pullBack(
      Graph forward, String value, String gradient, List<String> trainable) {
    Graph sorted = covered(forward, value, trainable, GradientRules.standard());
    return new Backward(sorted, value, Optional.of(gradient), trainable, GradientRules.standard())
        .run();
  }

  static Gradient differentiate(
      Graph forward, String loss, List<String> trainable, GradientRules rules) {
    Graph sorted = covered(forward, loss, trainable, rules);
    return new Backward(sorted, loss, Optional.empty(), trainable, rules).run();
  }

  /** The graph in order, all of whose nodes on the way have gradients. */
  private static Graph covered(
      Graph forward, String from, List<String> trainable, GradientRules rules) {
    Graph sorted = forward.withNodes(GraphOrder.sort(forward.nodes()));
    Coverage coverage = Coverage.of(sorted, from, trainable, rules);
    if (!coverage.isComplete()) {
      throw MissingGradientException.of(coverage);
    }
    return sorted;
  }
}
