package dev.graft.onnx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who produces and who reads each value of a graph. Made once per graph, then only read. */
public final class GraphIndex {
  private final Graph graph;
  private final Map<String, Node> producers = new HashMap<>();
  private final Map<String, List<Node>> consumers = new HashMap<>();
  private final Set<String> inputs = new HashSet<>();
  private final Set<String> outputs = new HashSet<>();

  public GraphIndex(Graph graph) {
    this.graph = graph;
    graph.inputs().forEach(v -> inputs.add(v.name()));
    graph.outputs().forEach(v -> outputs.add(v.name()));
    for (Node node : graph.nodes()) {
      for (String output : node.outputs()) {
        if (!output.isEmpty()) {
          producers.put(output, node);
        }
      }
      for (String input : new HashSet<>(node.inputs())) {
        if (!input.isEmpty()) {
          consumers.computeIfAbsent(input, k -> new ArrayList<>()).add(node);
        }
      }
    }
  }

  public Graph graph() {
    return graph;
  }

  /** The node that produces a value; empty for graph inputs and initializers. */
  public Optional<Node> producer(String value) {
    return Optional.ofNullable(producers.get(value));
  }

  /** The nodes that read a value, in graph order, each once. */
  public List<Node> consumers(String value) {
    return Collections.unmodifiableList(consumers.getOrDefault(value, List.of()));
  }

  public boolean isGraphInput(String value) {
    return inputs.contains(value);
  }

  public boolean isGraphOutput(String value) {
    return outputs.contains(value);
  }

  /** The constant tensor behind a value, if it is an initializer or a {@code Constant} node. */
  public Optional<Tensor> constant(String value) {
    Tensor tensor = graph.initializers().get(value);
    if (tensor != null) {
      return Optional.of(tensor);
    }
    return producer(value)
        .filter(n -> n.is("Constant"))
        .map(n -> n.attributes().get("value"))
        .map(a -> a instanceof Attribute.TensorValue t ? t.value() : null);
  }

  /** The single number behind a value, if it is a constant of one element. */
  public Optional<Double> scalar(String value) {
    return constant(value)
        .filter(t -> t.elementType() != ElementType.STRING && t.elementCount() == 1)
        .map(t -> t.toDoubles()[0]);
  }
}
