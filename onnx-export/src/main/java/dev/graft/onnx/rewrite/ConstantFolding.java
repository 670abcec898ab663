package dev.graft.onnx.rewrite;

import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Computes what follows from sizes and small constants. Large weights are never folded: the result
 * would be a second copy of them.
 */
final class ConstantFolding implements Rewrite {
  @Override
  public String name() {
    return "constant-folding";
  }

  @Override
  public Applied apply(Graph graph) {
    Map<String, Tensor> integers = ShapeInference.knownIntegers(graph);
    Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
    Set<String> variable = new HashSet<>(graph.inputNames());
    Set<String> outputs = new HashSet<>(graph.outputNames());
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Optional<Tensor> value =
          node.outputs().size() != 1 || outputs.contains(node.output(0))
              ? Optional.empty()
              : Optional.ofNullable(integers.get(node.output(0)))
                  .or(() -> SmallMath.evaluate(node, constants(node, initializers, variable)));
      if (value.isPresent()) {
        initializers.put(node.output(0), value.get());
      } else {
        kept.add(node);
      }
    }
    int count = graph.nodes().size() - kept.size();
    return count == 0
        ? new Applied(graph, 0)
        : new Applied(graph.withNodes(kept).withInitializers(initializers), count);
  }

  /** The constant inputs of a node; empty unless all are constant. */
  private static List<Tensor> constants(
      Node node, Map<String, Tensor> initializers, Set<String> variable) {
    List<Tensor> inputs = new ArrayList<>();
    for (String input : node.inputs()) {
      Tensor tensor = initializers.get(input);
      if (tensor == null || variable.contains(input)) {
        return List.of();
      }
      inputs.add(tensor);
    }
    return inputs;
  }
}
