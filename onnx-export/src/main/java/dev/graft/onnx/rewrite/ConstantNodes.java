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

/** Turns {@code Constant} nodes into initializers. */
final class ConstantNodes implements Rewrite {
  @Override
  public String name() {
    return "constant-node";
  }

  @Override
  public Applied apply(Graph graph) {
    Set<String> outputs = new HashSet<>(graph.outputNames());
    Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Optional<Tensor> value =
          node.is("Constant") && !outputs.contains(node.output(0))
              ? ShapeInference.constantOf(node)
              : Optional.empty();
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
}
