package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Questions about the values of a graph that several rewrites ask. */
final class Values {
  private Values() {}

  /** The constant behind a value; an initializer that a caller may override is none. */
  static Optional<Tensor> constant(GraphIndex index, String value) {
    return index.isGraphInput(value) ? Optional.empty() : index.constant(value);
  }

  /** The number behind a constant of one element. */
  static Optional<Double> number(GraphIndex index, String value) {
    return index.isGraphInput(value) ? Optional.empty() : index.scalar(value);
  }

  static Optional<List<Long>> longs(GraphIndex index, String value) {
    return constant(index, value)
        .filter(t -> t.elementType() == ElementType.INT64 || t.elementType() == ElementType.INT32)
        .map(Tensor::toLongs);
  }

  /** The size of an axis, if it is fixed. */
  static Optional<Long> size(Graph graph, String value, int axis) {
    return graph
        .shapeOf(value)
        .filter(s -> s.rank() >= (axis < 0 ? -axis : axis + 1))
        .map(s -> s.dim(axis))
        .flatMap(d -> d instanceof Dim.Fixed f ? Optional.of(f.size()) : Optional.empty());
  }

  /** Whether values broadcast together have exactly this shape. */
  static boolean surelyBroadcasts(Graph graph, List<String> values, Shape result) {
    boolean[] reached = new boolean[result.rank()];
    for (String value : values) {
      Optional<Shape> shape = graph.shapeOf(value);
      if (shape.isEmpty() || shape.get().rank() > result.rank()) {
        return false;
      }
      int offset = result.rank() - shape.get().rank();
      for (int axis = 0; axis < shape.get().rank(); axis++) {
        Dim dim = shape.get().dim(axis);
        if (dim.surelyEquals(result.dim(axis + offset))) {
          reached[axis + offset] = true;
        } else if (!dim.is(1)) {
          return false;
        }
      }
    }
    for (int axis = 0; axis < reached.length; axis++) {
      if (!reached[axis] && !result.dim(axis).is(1)) {
        return false;
      }
    }
    return true;
  }

  /** The nodes with every read of a key changed into a read of its value, in subgraphs too. */
  static List<Node> redirected(List<Node> nodes, Map<String, String> names) {
    List<Node> result = new ArrayList<>();
    for (Node node : nodes) {
      Node mapped = node.mapInputs(in -> names.getOrDefault(in, in));
      Map<String, Attribute> attributes = new LinkedHashMap<>(mapped.attributes());
      attributes.replaceAll(
          (name, value) ->
              value instanceof Attribute.GraphValue g
                  ? new Attribute.GraphValue(redirected(g.value(), names))
                  : value);
      result.add(attributes.equals(node.attributes()) ? mapped : mapped.withAttributes(attributes));
    }
    return result;
  }

  private static Graph redirected(Graph subgraph, Map<String, String> names) {
    Graph inner = subgraph.withNodes(redirected(subgraph.nodes(), names));
    return inner.withOutputs(
        inner.outputs().stream()
            .map(v -> new Value(names.getOrDefault(v.name(), v.name()), v.type(), v.extras()))
            .toList());
  }

  static boolean isReadBySubgraph(Graph graph, String value) {
    return graph.nodes().stream()
        .anyMatch(n -> !n.inputs().contains(value) && GraphOrder.reads(n).contains(value));
  }
}
