package dev.graft.inject;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Puts the nodes that compute a training graph's outputs into the order in which ONNX Runtime
 * should run them.
 *
 * <p>ONNX Runtime begins with the last node that nobody reads, runs what it needs, and goes on with
 * the one before. In the order in which a backward pass is written down, that is the gradient of
 * the first layer: the gradients of all other adapters, and the loss, would come when the backward
 * pass is over, and what they read would stay in memory until then.
 */
public final class GradientOrder {
  private GradientOrder() {}

  /**
   * The same graph, run so that each output is computed as soon as it can be.
   *
   * @param sorted a graph whose nodes are in order, those of the backward pass as it runs
   */
  public static Graph earlyFirst(Graph sorted) {
    GraphIndex index = new GraphIndex(sorted);
    List<Node> inner = new ArrayList<>();
    List<Node> results = new ArrayList<>();
    List<Node> names = new ArrayList<>();
    for (Node node : sorted.nodes()) {
      if (isOutputName(node, index)) {
        names.add(node);
      } else if (isReadByNobody(node, index)) {
        results.add(node);
      } else {
        inner.add(node);
      }
    }
    // The loss stays first and so runs last: what it reads is small, and computed on the way.
    int losses = !results.isEmpty() && isLoss(results.get(0), index) ? 1 : 0;
    Collections.reverse(results.subList(losses, results.size()));
    inner.addAll(results);
    Collections.reverse(names);
    inner.addAll(names);
    return sorted.withNodes(inner);
  }

  /** An {@code Identity} that gives an output its name; ONNX Runtime removes it. */
  private static boolean isOutputName(Node node, GraphIndex index) {
    return node.is("Identity") && index.isGraphOutput(node.output(0));
  }

  private static boolean isLoss(Node node, GraphIndex index) {
    return node.outputs().stream()
        .anyMatch(
            output ->
                output.equals(CausalLmLoss.LOSS)
                    || index.consumers(output).stream()
                        .anyMatch(reader -> reader.outputs().contains(CausalLmLoss.LOSS)));
  }

  private static boolean isReadByNobody(Node node, GraphIndex index) {
    return node.outputs().stream()
        .flatMap(output -> index.consumers(output).stream())
        .allMatch(reader -> isOutputName(reader, index));
  }
}
