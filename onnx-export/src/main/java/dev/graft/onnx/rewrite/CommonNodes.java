package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Merges nodes that compute the same from the same, and equal scalars and lists of whole numbers.
 * Small parameters keep their own names, equal or not.
 */
final class CommonNodes implements Rewrite {
  private static final int SMALL_BYTES = 64;
  private static final Set<String> RANDOM =
      Set.of(
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike",
          "Multinomial",
          "Bernoulli",
          "Dropout");

  private record Key(
      OpId op, List<String> inputs, int outputs, Map<String, Attribute> attributes) {}

  private record ConstantKey(String type, List<Long> dims, ByteBuffer bytes) {}

  @Override
  public String name() {
    return "common-node";
  }

  @Override
  public Applied apply(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    Map<String, String> same = commonConstants(graph, index);
    int constants = same.size();
    Map<Key, Node> seen = new HashMap<>();
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Node mapped = node.mapInputs(in -> same.getOrDefault(in, in));
      Key key = new Key(node.op(), mapped.inputs(), node.outputs().size(), node.attributes());
      Node first = mayMerge(index, node) ? seen.putIfAbsent(key, node) : null;
      if (first == null || !producesAll(first, node)) {
        kept.add(node);
        continue;
      }
      for (int i = 0; i < node.outputs().size(); i++) {
        if (!node.output(i).isEmpty()) {
          same.put(node.output(i), first.output(i));
        }
      }
    }
    int count = graph.nodes().size() - kept.size();
    return count + constants == 0
        ? new Applied(graph, 0)
        : new Applied(graph.withNodes(Values.redirected(kept, same)), count);
  }

  /** A node that gives graph outputs stays, and so do nodes with subgraphs or random results. */
  private static boolean mayMerge(GraphIndex index, Node node) {
    return node.outputs().stream().noneMatch(index::isGraphOutput)
        && !RANDOM.contains(node.op().type())
        && node.attributes().values().stream()
            .noneMatch(a -> a instanceof Attribute.GraphValue || a instanceof Attribute.Opaque);
  }

  private static boolean producesAll(Node first, Node second) {
    for (int i = 0; i < second.outputs().size(); i++) {
      if (!second.output(i).isEmpty() && first.output(i).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> commonConstants(Graph graph, GraphIndex index) {
    Map<ConstantKey, String> seen = new HashMap<>();
    Map<String, String> same = new HashMap<>();
    for (Map.Entry<String, Tensor> e : graph.initializers().entrySet()) {
      Tensor tensor = e.getValue();
      boolean anonymous = tensor.dims().isEmpty() || tensor.elementType() == ElementType.INT64;
      if (!anonymous
          || tensor.data().sizeBytes() > SMALL_BYTES
          || index.isGraphInput(e.getKey())
          || index.isGraphOutput(e.getKey())
          || index.consumers(e.getKey()).isEmpty()) {
        continue;
      }
      ConstantKey key =
          new ConstantKey(tensor.elementType().text(), tensor.dims(), tensor.data().bytes());
      String first = seen.putIfAbsent(key, e.getKey());
      if (first != null) {
        same.put(e.getKey(), first);
      }
    }
    return same;
  }
}
