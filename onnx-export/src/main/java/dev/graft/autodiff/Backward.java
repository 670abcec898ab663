package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One differentiation: walks the gradient path from the loss to the trainable values. */
final class Backward {
  private final Graph forward;
  private final GraphIndex index;
  private final String loss;
  private final List<String> trainable;
  private final GradientRules rules;
  private final GradientPath path;
  private final GraphBuilder builder;
  private final Map<String, Scaled> gradients = new HashMap<>();
  private final IdentityHashMap<Node, Node> widened = new IdentityHashMap<>();
  private final Map<List<Object>, String> memo = new HashMap<>();

  /** The values that the walk starts from and their gradients; made for a loss. */
  private final Map<String, String> starts;

  /** Whether that is the constant 1, the gradient of a scalar loss with respect to itself. */
  private final boolean startsWithOne;

  private Backward(
      Graph forward,
      String loss,
      Map<String, String> given,
      List<String> trainable,
      GradientRules rules) {
    this.forward = forward;
    this.index = new GraphIndex(forward);
    this.loss = loss;
    this.trainable = trainable;
    this.rules = rules;
    this.startsWithOne = given.isEmpty();
    Set<String> from = startsWithOne ? Set.of(loss) : given.keySet();
    this.path = GradientPath.of(forward, from, trainable, rules);
    this.builder = GraphBuilder.from(forward);
    checkArguments();
    given.values().forEach(this::requireValue);
    this.starts = startsWithOne ? Map.of(loss, seed()) : given;
  }

  /** A walk from a scalar loss. */
  static Backward ofLoss(Graph forward, String loss, List<String> trainable, GradientRules rules) {
    return new Backward(forward, loss, Map.of(), trainable, rules);
  }

  /** A walk from some values whose gradients the graph has. */
  static Backward pulling(
      Graph forward, Map<String, String> gradients, List<String> trainable, GradientRules rules) {
    String first = gradients.keySet().iterator().next();
    return new Backward(forward, first, gradients, trainable, rules);
  }

  Gradient run() {
    starts.forEach((value, gradient) -> gradients.put(value, Scaled.of(gradient)));
    List<Node> nodes = path.nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      boolean arrives = node.outputs().stream().anyMatch(gradients::containsKey);
      if (arrives && rules.find(node.op()) instanceof GradientRules.Rule rule) {
        BackwardScope scope = new BackwardScope(this, node);
        rule.rule().apply(scope);
        scope.checkComplete();
      }
    }
    Map<String, String> gradientOf = new LinkedHashMap<>();
    for (String name : trainable) {
      Scaled gradient = gradients.get(name);
      if (gradient == null) {
        throw new IllegalArgumentException(
            "trainable value '%s' has no influence on the loss '%s'".formatted(name, loss));
      }
      String value = materialize(gradient, name);
      forward.typeOf(name).ifPresent(t -> builder.type(value, t));
      gradientOf.put(name, value);
    }
    return new Gradient(finish(gradientOf), gradientOf);
  }

  private void checkArguments() {
    for (String name : trainable) {
      boolean exists =
          forward.initializers().containsKey(name)
              || index.isGraphInput(name)
              || index.producer(name).isPresent();
      if (!exists) {
        throw new IllegalArgumentException(
            "graph '%s' has no value '%s' that could be trained".formatted(forward.name(), name));
      }
      type(name)
          .filter(t -> !t.elementType().isFloatingPoint())
          .ifPresent(
              t -> {
                throw new IllegalArgumentException(
                    "trainable value '%s' must be of a floating-point type, found %s"
                        .formatted(name, t));
              });
    }
    if (index.producer(loss).isEmpty()) {
      throw new IllegalArgumentException(
          "graph '%s' computes no value '%s' that could be its loss"
              .formatted(forward.name(), loss));
    }
  }

  private void requireValue(String gradient) {
    if (index.producer(gradient).isEmpty() && !index.isGraphInput(gradient)) {
      throw new IllegalArgumentException(
          "graph '%s' has no value '%s' that could be a gradient"
              .formatted(forward.name(), gradient));
    }
  }

  private String seed() {
    ElementType elementType = type(loss).map(TensorType::elementType).orElse(ElementType.FLOAT);
    Optional<Shape> shape = forward.shapeOf(loss);
    boolean single = shape.map(s -> s.elementCount().orElse(-1) == 1).orElse(true);
    if (!single || !elementType.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "the loss '%s' must be one floating-point number, found %s"
              .formatted(loss, forward.typeOf(loss).orElseThrow()));
    }
    if (shape.isEmpty() || shape.get().rank() == 0) {
      return builder.scalar(elementType, 1);
    }
    Tensor scalar = Tensor.scalar(elementType, 1);
    return builder.constant("const", new Tensor(elementType, shape.get().sizes(), scalar.data()));
  }

  private Graph finish(Map<String, String> gradientOf) {
    Graph graph = builder.build();
    List<Node> nodes = new ArrayList<>();
    graph.nodes().forEach(n -> nodes.add(widened.getOrDefault(n, n)));
    return withoutUnusedConstants(graph.withNodes(GraphOrder.sort(nodes)), gradientOf);
  }

  /** Drops constants that were made for the backward pass and found no reader. */
  private Graph withoutUnusedConstants(Graph graph, Map<String, String> gradientOf) {
    Set<String> read = new HashSet<>(forward.initializers().keySet());
    graph.nodes().forEach(n -> read.addAll(GraphOrder.reads(n)));
    graph.outputs().forEach(v -> read.add(v.name()));
    read.addAll(gradientOf.values());
    Map<String, Tensor> initializers = new LinkedHashMap<>(graph.initializers());
    initializers.keySet().retainAll(read);
    return graph.withInitializers(initializers);
  }

  // What scopes ask for.

  boolean leads(String value) {
    return path.leading().contains(value);
  }

  Optional<Scaled> gradient(String value) {
    return Optional.ofNullable(gradients.get(value));
  }

  Optional<TensorType> type(String value) {
    return forward.typeOf(value).filter(t -> t.elementType() != ElementType.UNDEFINED);
  }

  Optional<Shape> shape(String value) {
    return forward.shapeOf(value);
  }

  /** The constant behind a value, unless it is trained or can be fed. */
  Optional<Tensor> constant(String value) {
    return leads(value) || index.isGraphInput(value) ? Optional.empty() : index.constant(value);
  }

  /** Whether a gradient is the constant 1 of rank 0 that the loss starts with. */
  boolean isSeed(String value) {
    return startsWithOne
        && value.equals(starts.get(loss))
        && shape(loss).map(s -> s.rank() == 0).orElse(true);
  }

  GraphBuilder builder() {
    return builder;
  }

  /** Output {@code i} of a forward node, which gets that output if it has not. */
  String output(Node node, int i) {
    Node now = widened.getOrDefault(node, node);
    if (!now.output(i).isEmpty()) {
      return now.output(i);
    }
    List<String> outputs = new ArrayList<>(now.outputs());
    while (outputs.size() <= i) {
      outputs.add("");
    }
    outputs.set(i, builder.fresh("%s/output_%d".formatted(label(node), i)));
    widened.put(node, now.withOutputs(outputs));
    return outputs.get(i);
  }

  /** Adds a contribution to the gradient of a forward value. */
  void accumulate(String value, Scaled more) {
    Scaled known = gradients.get(value);
    gradients.put(value, known == null ? more : sum(value, known, more));
  }

  /** Applies the factor of a gradient. */
  String materialize(Scaled gradient, String of) {
    if (gradient.factor() == 1) {
      return gradient.value();
    }
    ElementType elementType =
        type(of).or(() -> type(loss)).map(TensorType::elementType).orElse(ElementType.FLOAT);
    if (isSeed(gradient.value())) {
      return builder.scalar(elementType, gradient.factor());
    }
    if (gradient.factor() == -1) {
      return emitOnce("grad/" + of, OpId.onnx("Neg"), Map.of(), gradient.value());
    }
    String factor = builder.scalar(elementType, gradient.factor());
    return emitOnce("grad/" + of, OpId.onnx("Mul"), Map.of(), gradient.value(), factor);
  }

  private Scaled sum(String of, Scaled a, Scaled b) {
    String name = "grad/" + of;
    if (a.factor() == b.factor()) {
      return new Scaled(emit(name, OpId.onnx("Add"), Map.of(), a.value(), b.value()), a.factor());
    }
    if (a.factor() == -b.factor()) {
      return new Scaled(emit(name, OpId.onnx("Sub"), Map.of(), a.value(), b.value()), a.factor());
    }
    return Scaled.of(
        emit(name, OpId.onnx("Add"), Map.of(), materialize(a, of), materialize(b, of)));
  }

  /** Adds a backward node with one output. */
  String emit(String name, OpId op, Map<String, Attribute> attributes, String... inputs) {
    String result = builder.fresh(name);
    builder.addNode(new Node(result, op, Arrays.asList(inputs), List.of(result), attributes));
    return result;
  }

  /** Emits a node unless the same was emitted before. */
  String emitOnce(String name, OpId op, Map<String, Attribute> attributes, String... inputs) {
    List<Object> key = List.of(op, attributes, Arrays.asList(inputs));
    String known = memo.get(key);
    if (known == null) {
      known = emit(name, op, attributes, inputs);
      memo.put(key, known);
    }
    return known;
  }

  static String label(Node node) {
    return node.name().isEmpty() ? node.output(0) : node.name();
  }
}
