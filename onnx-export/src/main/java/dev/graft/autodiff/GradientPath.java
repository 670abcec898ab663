package dev.graft.autodiff;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The part of a graph that gradients flow through.
 *
 * @param leading values that depend differentiably on a trainable value, those included
 * @param nodes nodes between trainable values and where gradients start, in graph order
 */
record GradientPath(Set<String> leading, List<Node> nodes) {

  /**
   * Finds the part between some values.
   *
   * @param from where gradients start: the loss, or several values whose gradients are known
   */
  static GradientPath of(
      Graph graph, Set<String> from, List<String> trainable, GradientRules rules) {
    Set<String> leading = new HashSet<>(trainable);
    List<Node> carrying = new ArrayList<>();
    for (Node node : graph.nodes()) {
      boolean carries =
          !(rules.find(node.op()) instanceof GradientRules.None)
              && GraphOrder.reads(node).stream().anyMatch(leading::contains);
      if (carries) {
        carrying.add(node);
        for (int i = 0; i < node.outputs().size(); i++) {
          if (node.outputs().get(i).isEmpty() || !isContinuous(graph, node, i)) {
            continue;
          }
          leading.add(node.outputs().get(i));
        }
      }
    }
    Set<String> reached = new HashSet<>(from);
    List<Node> path = new ArrayList<>();
    for (int i = carrying.size() - 1; i >= 0; i--) {
      Node node = carrying.get(i);
      if (node.outputs().stream().anyMatch(o -> reached.contains(o) && leading.contains(o))) {
        path.add(node);
        reached.addAll(GraphOrder.reads(node));
      }
    }
    Collections.reverse(path);
    return new GradientPath(leading, path);
  }

  /** Whether an output can carry a gradient as far as its type is known. */
  private static boolean isContinuous(Graph graph, Node node, int output) {
    if (node.is("Cast")) {
      return ElementType.ofNumber((int) node.intAttribute("to", 0)).isFloatingPoint();
    }
    return graph
        .typeOf(node.output(output))
        .map(TensorType::elementType)
        .map(t -> t.isFloatingPoint() || t == ElementType.UNDEFINED)
        .orElse(true);
  }
}
