package dev.graft.onnx.check;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks graphs: every value is defined once, and before it is used; outputs are defined; operators
 * of the table have the inputs, outputs and attributes they need; known types and sizes do not
 * contradict each other. Subgraphs are checked with the values that they see from the outside.
 */
public final class GraphChecker {
  private final boolean checkOperators;
  private final List<String> problems = new ArrayList<>();

  private GraphChecker(boolean checkOperators) {
    this.checkOperators = checkOperators;
  }

  /**
   * Checks a graph of opset {@link Model#OPSET}.
   *
   * @throws InvalidGraphException listing all problems, if there are any
   */
  public static void check(Graph graph) {
    new GraphChecker(true).run(graph);
  }

  /**
   * Checks a model: its graph, and that it imports the operator domains that nodes use. How
   * operators are used is checked in models of opset {@link Model#OPSET} only.
   *
   * @throws InvalidGraphException listing all problems, if there are any
   */
  public static void check(Model model) {
    GraphChecker checker = new GraphChecker(model.opset() == Model.OPSET);
    checker.domains(model.graph(), model.opsets().keySet(), new HashSet<>());
    checker.run(model.graph());
  }

  private void run(Graph graph) {
    graph(graph, Set.of(), Map.of());
    if (!problems.isEmpty()) {
      throw new InvalidGraphException(graph.name(), problems);
    }
  }

  private void domains(Graph graph, Set<String> imported, Set<String> reported) {
    for (Node node : graph.nodes()) {
      String domain = node.op().domain();
      if (!imported.contains(domain) && reported.add(domain)) {
        problems.add(
            "%s: the model imports no opset of domain '%s'".formatted(node.describe(), domain));
      }
      subgraphs(node).forEach(g -> domains(g, imported, reported));
    }
  }

  private void graph(Graph graph, Set<String> outer, Map<String, TensorType> outerTypes) {
    Set<String> own = new HashSet<>();
    graph.inputs().forEach(v -> define(v.name(), "input", own));
    graph.initializers().keySet().forEach(name -> define(name, "initializer", own));
    Map<String, TensorType> types = new HashMap<>(outerTypes);
    types.putAll(declaredTypes(graph));
    Map<String, Node> producers = producers(graph);
    Set<String> visible = new HashSet<>(outer);
    visible.addAll(own);
    for (Node node : graph.nodes()) {
      inputs(node, visible, producers);
      if (checkOperators) {
        OperatorSchemas.of(node.op())
            .ifPresent(s -> new NodeChecker(node, s, types, problems).check());
      }
      subgraphs(node).forEach(g -> graph(g, visible, types));
      for (String output : node.outputs()) {
        if (!output.isEmpty()) {
          define(output, "result of %s".formatted(node.describe()), own);
          visible.add(output);
        }
      }
    }
    outputs(graph, visible);
  }

  private void define(String name, String kind, Set<String> defined) {
    if (name.isEmpty()) {
      problems.add("an %s has no name".formatted(kind));
    } else if (!defined.add(name)) {
      problems.add("value '%s' is defined twice, again as %s".formatted(name, kind));
    }
  }

  private void inputs(Node node, Set<String> visible, Map<String, Node> producers) {
    for (String input : node.inputs()) {
      if (input.isEmpty() || visible.contains(input)) {
        continue;
      }
      Node later = producers.get(input);
      problems.add(
          later == null
              ? "%s reads '%s', which is not defined".formatted(node.describe(), input)
              : "%s reads '%s', which is defined later, by %s"
                  .formatted(node.describe(), input, later.describe()));
    }
  }

  private void outputs(Graph graph, Set<String> visible) {
    Set<String> seen = new HashSet<>();
    for (Value output : graph.outputs()) {
      if (!visible.contains(output.name())) {
        problems.add("output '%s' is not defined".formatted(output.name()));
      }
      if (!seen.add(output.name())) {
        problems.add("output '%s' is listed twice".formatted(output.name()));
      }
    }
  }

  /** The declared type of every value; where there are two, they have to agree. */
  private Map<String, TensorType> declaredTypes(Graph graph) {
    Map<String, TensorType> types = new HashMap<>();
    graph.inputs().forEach(v -> declare(v.name(), v.type(), types));
    graph.initializers().forEach((name, tensor) -> declare(name, tensor.type(), types));
    graph.valueTypes().forEach((name, type) -> declare(name, type, types));
    graph.outputs().forEach(v -> declare(v.name(), v.type(), types));
    return types;
  }

  private void declare(String name, TensorType type, Map<String, TensorType> types) {
    Optional<TensorType> known = Optional.ofNullable(types.putIfAbsent(name, type));
    if (known.isPresent() && !TypeAgreement.agree(known.get(), type)) {
      problems.add(
          "value '%s' has types %s and %s, which contradict each other"
              .formatted(name, known.get(), type));
    }
  }

  private static Map<String, Node> producers(Graph graph) {
    Map<String, Node> producers = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.outputs().forEach(o -> producers.put(o, node));
    }
    return producers;
  }

  private static List<Graph> subgraphs(Node node) {
    List<Graph> graphs = new ArrayList<>();
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.GraphValue g) {
        graphs.add(g.value());
      }
    }
    return graphs;
  }
}
