package dev.graft.onnx.text;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Prints graphs: first the inputs, then initializers and nodes one per line, then the outputs.
 * Equal graphs print alike; attributes are sorted by name. An absent input or output is {@code _}.
 * Names that are not plain are quoted.
 */
public final class GraphText {
  private final boolean normalized;
  private final StringBuilder out = new StringBuilder();
  private int nextValue = 1;

  private GraphText(boolean normalized) {
    this.normalized = normalized;
  }

  /** Prints a graph with all its names and all known types. */
  public static String print(Graph graph) {
    GraphText text = new GraphText(false);
    text.graph(graph, "", Map.of());
    return text.out.toString();
  }

  /**
   * Prints the structure of a graph, so that graphs which differ in generated names only print
   * alike: intermediate values are numbered ({@code %1}), constants of up to {@value
   * Literals#SMALL} elements stand where they are used, other initializers are sorted by name, and
   * only inputs and outputs have types.
   */
  public static String printNormalized(Graph graph) {
    GraphText text = new GraphText(true);
    text.graph(graph, "", Map.of());
    return text.out.toString();
  }

  private void graph(Graph graph, String indent, Map<String, String> outerNames) {
    Map<String, String> names = new HashMap<>(outerNames);
    if (normalized) {
      rename(graph, names);
    }
    out.append("graph ").append(Literals.name(graph.name()));
    out.append(values(graph.inputs(), names).stream().collect(Collectors.joining(", ", "(", ")")));
    String inner = indent + "  ";
    initializers(graph, inner);
    for (Node node : graph.nodes()) {
      node(node, graph, inner, names);
    }
    line(inner).append("return ").append(String.join(", ", values(graph.outputs(), names)));
    if (indent.isEmpty()) {
      out.append('\n');
    }
  }

  /** Starts a line; the one before it ends here, so that subgraphs can stand inside a line. */
  private StringBuilder line(String indent) {
    return out.append('\n').append(indent);
  }

  private void rename(Graph graph, Map<String, String> names) {
    graph.inputs().forEach(v -> names.put(v.name(), Literals.name(v.name())));
    graph
        .initializers()
        .forEach(
            (name, tensor) ->
                names.put(
                    name,
                    Literals.isSmall(tensor) ? Literals.constant(tensor) : Literals.name(name)));
    Set<String> outputs = Set.copyOf(graph.outputNames());
    for (Node node : graph.nodes()) {
      for (String output : node.outputs()) {
        if (!output.isEmpty()) {
          names.put(output, outputs.contains(output) ? Literals.name(output) : "%" + nextValue++);
        }
      }
    }
  }

  private void initializers(Graph graph, String indent) {
    Set<String> names =
        normalized ? new TreeSet<>(graph.initializers().keySet()) : graph.initializers().keySet();
    for (String name : names) {
      Tensor tensor = Optional.ofNullable(graph.initializers().get(name)).orElseThrow();
      if (normalized && Literals.isSmall(tensor)) {
        continue;
      }
      line(indent).append(Literals.name(name)).append(": ").append(tensor.type());
      if (Literals.isSmall(tensor)) {
        out.append(" = ").append(Literals.elements(tensor));
      }
    }
  }

  private void node(Node node, Graph graph, String indent, Map<String, String> names) {
    List<String> results = new ArrayList<>();
    for (String output : node.outputs()) {
      Optional<TensorType> type =
          normalized || output.isEmpty() ? Optional.empty() : graph.typeOf(output);
      results.add(name(output, names) + type.map(t -> ": " + t).orElse(""));
    }
    line(indent).append(String.join(", ", results)).append(" = ").append(node.op());
    out.append(
        node.inputs().stream()
            .map(i -> name(i, names))
            .collect(Collectors.joining(", ", "(", ")")));
    attributes(node, indent, names);
  }

  private void attributes(Node node, String indent, Map<String, String> names) {
    String separator = " {";
    for (Map.Entry<String, Attribute> entry : new TreeMap<>(node.attributes()).entrySet()) {
      out.append(separator).append(Literals.name(entry.getKey())).append('=');
      if (entry.getValue() instanceof Attribute.GraphValue g) {
        graph(g.value(), indent + "  ", names);
      } else {
        out.append(Literals.attribute(entry.getValue()));
      }
      separator = ", ";
    }
    if (!node.attributes().isEmpty()) {
      out.append('}');
    }
  }

  private static List<String> values(List<Value> values, Map<String, String> names) {
    return values.stream().map(v -> name(v.name(), names) + ": " + v.type()).toList();
  }

  private static String name(String value, Map<String, String> names) {
    return value.isEmpty() ? "_" : names.getOrDefault(value, Literals.name(value));
  }
}
