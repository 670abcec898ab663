package dev.graft.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Builds a graph node by node. Values are their names; every method that adds something returns the
 * name of its result. Not for use by several threads.
 *
 * <p>Nodes may be added in any order: {@link #build()} sorts them.
 */
public final class GraphBuilder {
  private String graphName;
  private Extras extras = Extras.NONE;
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> initializers = new LinkedHashMap<>();
  private final Map<String, TensorType> valueTypes = new LinkedHashMap<>();
  private final Set<String> names = new HashSet<>();
  private final Set<String> nodeNames = new HashSet<>();
  private final Map<String, Integer> nextSuffix = new HashMap<>();
  private final Map<String, String> constants = new HashMap<>();

  public GraphBuilder(String name) {
    this.graphName = name;
  }

  /** A builder that starts with everything a graph has. */
  public static GraphBuilder from(Graph graph) {
    GraphBuilder builder = new GraphBuilder(graph.name());
    builder.extras = graph.extras();
    builder.inputs.addAll(graph.inputs());
    builder.outputs.addAll(graph.outputs());
    builder.initializers.putAll(graph.initializers());
    builder.valueTypes.putAll(graph.valueTypes());
    builder.names.addAll(graph.inputNames());
    builder.names.addAll(graph.outputNames());
    builder.names.addAll(graph.initializers().keySet());
    builder.names.addAll(graph.valueTypes().keySet());
    graph.nodes().forEach(builder::addNode);
    return builder;
  }

  public GraphBuilder name(String name) {
    graphName = name;
    return this;
  }

  /** Declares a graph input. */
  public String input(String name, ElementType type, Object... dims) {
    return input(new Value(name, TensorType.of(type, dims)));
  }

  /** Declares a graph input. */
  public String input(Value value) {
    claim(value.name());
    inputs.add(value);
    return value.name();
  }

  /** Declares a value as graph output under its own name. */
  public GraphBuilder output(String name, TensorType type) {
    outputs.add(new Value(name, type));
    return this;
  }

  /** Adds an {@code Identity} that gives a value the name {@code as}, and makes it an output. */
  public GraphBuilder output(String value, String as, TensorType type) {
    claim(as);
    addNode(new Node(as, OpId.onnx("Identity"), List.of(value), List.of(as), Map.of()));
    return output(as, type);
  }

  public GraphBuilder clearOutputs() {
    outputs.clear();
    return this;
  }

  /** Adds a constant tensor under a given name. */
  public String initializer(String name, Tensor tensor) {
    claim(name);
    initializers.put(name, tensor);
    return name;
  }

  /** Adds a constant tensor under a name made of {@code hint}; equal small constants share one. */
  public String constant(String hint, Tensor tensor) {
    if (tensor.data().sizeBytes() > 64) {
      return initializer(fresh(hint), tensor);
    }
    String key = "%s %s %s".formatted(tensor.elementType(), tensor.dims(), tensor.byteList());
    String known = constants.get(key);
    if (known == null) {
      known = initializer(fresh(hint), tensor);
      constants.put(key, known);
    }
    return known;
  }

  /** A constant of rank 0. */
  public String scalar(ElementType type, double value) {
    return constant("const", Tensor.scalar(type, value));
  }

  /** A constant float of rank 0. */
  public String scalar(double value) {
    return scalar(ElementType.FLOAT, value);
  }

  /** A constant int64 vector, as shapes and axes are given. */
  public String longs(long... values) {
    return constant("const", Tensor.longVector(values));
  }

  /** Applies a standard operator with one output. */
  public String op(String type, String... inputs) {
    return op(OpId.onnx(type), Map.of(), Arrays.asList(inputs), 1).get(0);
  }

  /** Applies a standard operator with attributes and one output. */
  public String op(String type, Map<String, Attribute> attributes, String... inputs) {
    return op(OpId.onnx(type), attributes, Arrays.asList(inputs), 1).get(0);
  }

  /** Applies an operator of the {@code com.microsoft} domain with one output. */
  public String microsoft(String type, Map<String, Attribute> attributes, String... inputs) {
    return op(OpId.microsoft(type), attributes, Arrays.asList(inputs), 1).get(0);
  }

  /** Applies an operator with several outputs. */
  public List<String> op(
      OpId op, Map<String, Attribute> attributes, List<String> inputs, int outputCount) {
    String name = freshNodeName(op.type());
    List<String> results = new ArrayList<>();
    for (int i = 0; i < outputCount; i++) {
      results.add(fresh(outputCount == 1 ? name : name + "_" + i));
    }
    addNode(new Node(name, op, inputs, results, attributes));
    return results;
  }

  /** Adds a node as it is; its outputs must be new. */
  public GraphBuilder addNode(Node node) {
    for (String output : node.outputs()) {
      if (!output.isEmpty()) {
        names.add(output);
      }
    }
    nodeNames.add(node.name());
    nodes.add(node);
    return this;
  }

  /** Replaces the node list, as rewrites do that drop or change nodes. */
  public GraphBuilder nodes(List<Node> newNodes) {
    nodes.clear();
    newNodes.forEach(this::addNode);
    return this;
  }

  /**
   * Redirects every reader of {@code old}, graph outputs excepted, to {@code replacement}. The node
   * that produces the replacement keeps reading {@code old}.
   */
  public GraphBuilder replaceUses(String old, String replacement) {
    nodes.replaceAll(
        n ->
            n.outputs().contains(replacement)
                ? n
                : n.mapInputs(in -> in.equals(old) ? replacement : in));
    return this;
  }

  /** Records what is known about the type of a value. */
  public GraphBuilder type(String value, TensorType type) {
    valueTypes.put(value, type);
    return this;
  }

  /** A value name that nothing in this graph has; starts with {@code hint}. */
  public String fresh(String hint) {
    return freshIn(names, hint);
  }

  private String freshNodeName(String hint) {
    return freshIn(nodeNames, hint);
  }

  private String freshIn(Set<String> taken, String hint) {
    String name = hint;
    while (!taken.add(name)) {
      name = hint + "_" + nextSuffix.merge(hint, 1, Integer::sum);
    }
    return name;
  }

  private void claim(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a value needs a name");
    }
    if (!names.add(name)
        && (initializers.containsKey(name)
            || inputs.stream().anyMatch(v -> v.name().equals(name))
            || nodes.stream().anyMatch(n -> n.outputs().contains(name)))) {
      throw new IllegalArgumentException(
          "graph '%s' has a value '%s' already".formatted(graphName, name));
    }
  }

  /** The graph as built so far, its nodes sorted. */
  public Graph build() {
    return new Graph(
        graphName, inputs, outputs, GraphOrder.sort(nodes), initializers, valueTypes, extras);
  }
}
