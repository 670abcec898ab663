package dev.graft.autodiff;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
   * Pulls known gradients back to every trainable value, for losses whose gradient is known in a
   * better form than the rules would find.
   *
   * @param gradients the values where the backward pass starts, none of which depends on another,
   *     and for each a value of the same graph and shape that holds the gradient of the loss with
   *     respect to it
   * @throws MissingGradientException if nodes on the way have no gradient; it lists all of them
   * @throws IllegalArgumentException if a name is unknown or a trainable value has no influence
   */
  public static Gradient pullBack(
      Graph forward, Map<String, String> gradients, List<String> trainable) {
    Graph sorted = covered(forward, gradients.keySet(), trainable, GradientRules.standard());
    return Backward.pulling(sorted, gradients, trainable, GradientRules.standard()).run();
  }

  static Gradient differentiate(
      Graph forward, String loss, List<String> trainable, GradientRules rules) {
    Graph sorted = covered(forward, Set.of(loss), trainable, rules);
    return Backward.ofLoss(sorted, loss, trainable, rules).run();
  }

  /** The graph in order, all of whose nodes on the way have gradients. */
  private static Graph covered(
      Graph forward, Set<String> from, List<String> trainable, GradientRules rules) {
    Graph sorted = forward.withNodes(GraphOrder.sort(forward.nodes()));
    Coverage coverage = Coverage.of(sorted, from, trainable, rules);
    if (!coverage.isComplete()) {
      throw MissingGradientException.of(coverage);
    }
    return sorted;
  }
}
