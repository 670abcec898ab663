package dev.graft.inject;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Removes from a graph what multiplies by inputs that are known to be zero.
 *
 * <p>This is how slots that an adapter does not use leave a graph: with A and B zero the low-rank
 * path adds nothing, its gradients flow nowhere, and both disappear, forward and backward alike.
 */
final class ZeroPropagation {
  /** Operators whose result is zero when one of their factors is. */
  private static final Set<OpId> PRODUCTS =
      Set.of(OpId.onnx("MatMul"), OpId.onnx("Mul"), OpId.microsoft("FusedMatMul"));

  /** Operators whose result is zero when their first input is. */
  private static final Set<OpId> MOVES =
      Set.of(
          OpId.onnx("Cast"),
          OpId.onnx("Div"),
          OpId.onnx("Expand"),
          OpId.onnx("Gather"),
          OpId.onnx("Identity"),
          OpId.onnx("Neg"),
          OpId.onnx("ReduceSum"),
          OpId.onnx("Reshape"),
          OpId.onnx("Slice"),
          OpId.onnx("Squeeze"),
          OpId.onnx("Transpose"),
          OpId.onnx("Unsqueeze"));

  private final Set<String> zeros;
  private final Map<String, String> aliases = new HashMap<>();
  private final List<Node> kept = new ArrayList<>();

  private ZeroPropagation(Set<String> zeros) {
    this.zeros = new HashSet<>(zeros);
  }

  /**
   * Removes the given inputs, all values that are zero because of them, and the outputs among
   * those.
   *
   * @throws IllegalStateException if a zero reaches an operator that is not known to preserve it
   */
  static Graph remove(Graph graph, Set<String> zeroInputs) {
    ZeroPropagation work = new ZeroPropagation(zeroInputs);
    graph.nodes().forEach(work::visit);
    List<Value> outputs =
        graph.outputs().stream().filter(v -> !work.zeros.contains(v.name())).toList();
    List<Node> nodes = new ArrayList<>(work.kept);
    for (Value output : outputs) {
      String source = work.resolve(output.name());
      if (!source.equals(output.name())) {
        nodes.add(
            new Node(
                output.name(),
                OpId.onnx("Identity"),
                List.of(source),
                List.of(output.name()),
                Map.of()));
      }
    }
    List<Value> inputs =
        graph.inputs().stream().filter(v -> !zeroInputs.contains(v.name())).toList();
    return GraphOrder.removeDeadCode(
        graph.withInputs(inputs).withOutputs(outputs).withNodes(nodes));
  }

  private String resolve(String value) {
    String source = value;
    while (aliases.containsKey(source)) {
      source = aliases.get(source);
    }
    return source;
  }

  private boolean isZero(String value) {
    return zeros.contains(value);
  }

  private void visit(Node original) {
    Node node = original.mapInputs(this::resolve);
    if (node.inputs().stream().noneMatch(this::isZero)) {
      kept.add(node);
      return;
    }
    if (PRODUCTS.contains(node.op()) || (MOVES.contains(node.op()) && isZero(node.input(0)))) {
      zeros.addAll(node.outputs());
    } else if (node.is("Add") || node.is("Sum")) {
      sum(node);
    } else if (node.is("Sub") && isZero(node.input(1))) {
      subtract(node);
    } else {
      throw new IllegalStateException(
          "cannot remove a slot through %s: one of its inputs is zero"
              .formatted(original.describe()));
    }
  }

  /** Terms of a sum that are zero drop out; the others have the shape of the result already. */
  private void sum(Node node) {
    List<String> terms = node.inputs().stream().filter(v -> !isZero(v)).toList();
    if (terms.isEmpty()) {
      zeros.add(node.output(0));
    } else if (terms.size() == 1) {
      aliases.put(node.output(0), terms.get(0));
    } else {
      kept.add(node.withInputs(terms));
    }
  }

  private void subtract(Node node) {
    if (isZero(node.input(0))) {
      zeros.add(node.output(0));
    } else {
      aliases.put(node.output(0), node.input(0));
    }
  }
}
