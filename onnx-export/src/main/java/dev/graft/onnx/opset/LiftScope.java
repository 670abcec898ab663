package dev.graft.onnx.opset;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.UnsupportedModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** A node under conversion, and the nodes and constants that it needs around it. */
final class LiftScope {
  private final Ranks ranks;
  private final Set<String> names;
  private final List<Node> before = new ArrayList<>();
  private final List<Node> after = new ArrayList<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private Node node;

  LiftScope(Node node, Ranks ranks, Set<String> names) {
    this.node = node;
    this.ranks = ranks;
    this.names = names;
  }

  Node node() {
    return node;
  }

  List<Node> nodes() {
    List<Node> all = new ArrayList<>(before);
    all.add(node);
    all.addAll(after);
    return all;
  }

  Map<String, Tensor> constants() {
    return constants;
  }

  OptionalInt rank(String value) {
    return ranks.of(value);
  }

  void replaceBy(Node changed) {
    node = changed;
  }

  void setAttribute(String name, Attribute value) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.put(name, value);
    node = node.withAttributes(attributes);
  }

  void removeAttribute(String name) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.remove(name);
    node = node.withAttributes(attributes);
  }

  /** Sets input {@code index}, filling the optional ones before it with absent ones. */
  void setInput(int index, String value) {
    List<String> inputs = new ArrayList<>(node.inputs());
    while (inputs.size() <= index) {
      inputs.add("");
    }
    inputs.set(index, value);
    node = node.withInputs(inputs);
  }

  String constant(String hint, Tensor tensor) {
    String name = fresh(hint);
    constants.put(name, tensor);
    return name;
  }

  /** Adds a node before the one under conversion and returns the name of its result. */
  String before(String type, Map<String, Attribute> attributes, String... inputs) {
    String result = fresh(type);
    before.add(
        new Node(result, OpId.onnx(type), Arrays.asList(inputs), List.of(result), attributes));
    return result;
  }

  /**
   * Lets the node write to a new value, and makes its old output the result of a node after it.
   *
   * @param more inputs after the first, which is the node's output
   */
  void after(String type, Map<String, Attribute> attributes, String... more) {
    String output = node.output(0);
    String inner = fresh("inner");
    List<String> inputs = new ArrayList<>(List.of(inner));
    inputs.addAll(Arrays.asList(more));
    node = node.withOutputs(List.of(inner));
    after.add(0, new Node(fresh(type), OpId.onnx(type), inputs, List.of(output), attributes));
  }

  UnsupportedModelException refuse(String reason) {
    return new UnsupportedModelException("%s %s".formatted(node.describe(), reason));
  }

  /** A name made of the node's first output, so that the same model gives the same names. */
  private String fresh(String hint) {
    String base = "%s/%s".formatted(node.output(0), hint);
    String name = base;
    for (int i = 1; !names.add(name); i++) {
      name = "%s_%d".formatted(base, i);
    }
    return name;
  }
}
