package dev.graft.onnx.rewrite;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A place where a pattern was found, and the nodes that shall stand there instead. */
final class Match {
  private final GraphIndex index;
  private final GraphBuilder builder;
  private final Node root;
  private final Map<String, String> bindings;
  private final List<Node> replacement = new ArrayList<>();

  Match(GraphIndex index, GraphBuilder builder, Node root, Map<String, String> bindings) {
    this.index = index;
    this.builder = builder;
    this.root = root;
    this.bindings = bindings;
  }

  Node root() {
    return root;
  }

  Graph graph() {
    return index.graph();
  }

  GraphIndex index() {
    return index;
  }

  boolean has(String name) {
    return bindings.containsKey(name);
  }

  /** The value a name is bound to. */
  String value(String name) {
    String value = bindings.get(name);
    if (value == null) {
      throw new IllegalStateException("the pattern binds no '%s'".formatted(name));
    }
    return value;
  }

  /** The node that produces the value a name is bound to. */
  Node node(String name) {
    return index.producer(value(name)).orElseThrow();
  }

  double number(String name) {
    return Values.number(index, value(name)).orElseThrow();
  }

  Optional<Shape> shape(String name) {
    return graph().shapeOf(value(name));
  }

  boolean isConstant(String name) {
    return Values.constant(index, value(name)).isPresent();
  }

  /** Whether both values certainly have the same element type and shape. */
  boolean sameType(String value, String other) {
    Optional<TensorType> a = graph().typeOf(value);
    Optional<TensorType> b = graph().typeOf(other);
    return a.isPresent()
        && b.isPresent()
        && a.get().elementType() == b.get().elementType()
        && a.get().shape().isPresent()
        && b.get().shape().isPresent()
        && a.get().shape().get().surelyEquals(b.get().shape().get());
  }

  /** Whether a list of axes, given as a constant, is just the last axis of a value. */
  boolean isLastAxis(String axes, String of) {
    Optional<List<Long>> list = Values.longs(index, value(axes));
    Optional<Shape> shape = shape(of);
    return list.isPresent()
        && list.get().size() == 1
        && shape.isPresent()
        && shape.get().rank() > 0
        && (list.get().get(0) == -1 || list.get().get(0) == shape.get().rank() - 1);
  }

  /** Adds a constant for the replacement. */
  String constant(Tensor tensor) {
    return builder.constant("const", tensor);
  }

  /** Adds a node before the last one; returns its output. */
  String op(String name, OpId op, Map<String, Attribute> attributes, String... inputs) {
    String output = builder.fresh(name);
    replacement.add(new Node(name, op, List.of(inputs), List.of(output), attributes));
    return output;
  }

  /** Adds the last node, which takes the place, name and output of the pattern's root. */
  boolean finish(OpId op, Map<String, Attribute> attributes, String... inputs) {
    return finish(root.name(), op, attributes, inputs);
  }

  boolean finish(String name, OpId op, Map<String, Attribute> attributes, String... inputs) {
    replacement.add(new Node(name, op, List.of(inputs), List.of(root.output(0)), attributes));
    return true;
  }

  List<Node> replacement() {
    return replacement;
  }
}
