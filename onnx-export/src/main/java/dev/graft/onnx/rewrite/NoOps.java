package dev.graft.onnx.rewrite;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Removes nodes whose first output certainly equals one of their inputs. */
final class NoOps implements Rewrite {
  /** Operators that give their first input back where the shape stays the same. */
  private static final Set<String> SAME_IF_SHAPE_IS =
      Set.of("Reshape", "Expand", "Tile", "Slice", "Flatten", "Squeeze", "Unsqueeze", "Pad");

  /** Operators of which one operand need not be spread out beforehand. */
  private static final Set<String> BROADCASTING =
      Set.of("Add", "Sub", "Mul", "Div", "Where", "And", "Or", "Equal", "Less", "Greater");

  @Override
  public String name() {
    return "no-op";
  }

  @Override
  public Applied apply(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    Map<String, String> same = new HashMap<>();
    List<Node> kept = new ArrayList<>();
    int count = 0;
    for (Node node : graph.nodes()) {
      Optional<String> source =
          index.isGraphOutput(node.output(0)) ? Optional.empty() : source(index, node);
      if (source.isPresent()) {
        same.put(node.output(0), resolve(same, source.get()));
        count++;
      } else {
        Node direct = withoutExpands(index, node);
        count += direct.equals(node) ? 0 : 1;
        kept.add(direct);
      }
    }
    if (count == 0) {
      return outputsWithoutIdentity(graph, index);
    }
    return new Applied(graph.withNodes(Values.redirected(kept, same)), count);
  }

  private static String resolve(Map<String, String> same, String value) {
    return same.getOrDefault(value, value);
  }

  /** The input that the first output equals. */
  private static Optional<String> source(GraphIndex index, Node node) {
    if (!node.op().domain().isEmpty() || node.inputs().isEmpty()) {
      return Optional.empty();
    }
    boolean same =
        switch (node.op().type()) {
          case "Identity" -> true;
          case "Dropout" -> isInactiveDropout(index, node);
          case "Cast" -> hasSameType(index, node);
          case "Concat", "Sum", "Max", "Min", "Mean" -> node.inputs().size() == 1;
          case "Transpose" -> isIdentityPermutation(node);
          case "Add", "Sub" -> isNeutral(index, node, 1, 0);
          case "Mul", "Div" -> isNeutral(index, node, 1, 1);
          case "Pow" -> isNeutral(index, node, 1, 1);
          default ->
              SAME_IF_SHAPE_IS.contains(node.op().type())
                  && keepsData(index, node)
                  && hasSameType(index, node);
        };
    if (same) {
      return Optional.of(node.input(0));
    }
    boolean neutralFirst =
        (node.is("Add") && isNeutral(index, node, 0, 0))
            || (node.is("Mul") && isNeutral(index, node, 0, 1));
    return neutralFirst ? Optional.of(node.input(1)) : Optional.empty();
  }

  /** A slice or pad of unchanged size moves nothing if its steps are forwards and pads are zero. */
  private static boolean keepsData(GraphIndex index, Node node) {
    if (node.is("Slice")) {
      return !node.hasInput(4)
          || Values.longs(index, node.input(4))
              .map(steps -> steps.stream().allMatch(step -> step > 0))
              .orElse(false);
    }
    if (node.is("Pad")) {
      return Values.longs(index, node.input(1))
          .map(pads -> pads.stream().allMatch(p -> p == 0))
          .orElse(false);
    }
    return true;
  }

  private static boolean isInactiveDropout(GraphIndex index, Node node) {
    boolean training =
        node.hasInput(2) && !Values.number(index, node.input(2)).map(v -> v == 0).orElse(false);
    boolean maskUsed =
        !node.output(1).isEmpty()
            && (!index.consumers(node.output(1)).isEmpty() || index.isGraphOutput(node.output(1)));
    return !training && !maskUsed;
  }

  private static boolean hasSameType(GraphIndex index, Node node) {
    Optional<TensorType> in = index.graph().typeOf(node.input(0));
    Optional<TensorType> out = index.graph().typeOf(node.output(0));
    if (in.isEmpty() || out.isEmpty() || in.get().elementType() != out.get().elementType()) {
      return false;
    }
    return node.is("Cast")
        || (in.get().shape().isPresent()
            && out.get().shape().isPresent()
            && in.get().shape().get().surelyEquals(out.get().shape().get()));
  }

  private static boolean isIdentityPermutation(Node node) {
    List<Long> perm = node.intsAttribute("perm").orElse(List.of(1L));
    for (int i = 0; i < perm.size(); i++) {
      if (perm.get(i) != i) {
        return false;
      }
    }
    return true;
  }

  /** Whether operand {@code i} is the neutral number and does not change the other's shape. */
  private static boolean isNeutral(GraphIndex index, Node node, int i, double neutral) {
    Optional<Double> number = Values.number(index, node.input(i));
    Optional<Shape> other = index.graph().shapeOf(node.input(1 - i));
    int rank = index.graph().shapeOf(node.input(i)).map(Shape::rank).orElse(Integer.MAX_VALUE);
    return number.isPresent()
        && number.get() == neutral
        && other.isPresent()
        && rank <= other.get().rank();
  }

  /** An operand that is spread out by {@code Expand} is read as it was, if that changes nothing. */
  private static Node withoutExpands(GraphIndex index, Node node) {
    if (!node.op().domain().isEmpty() || !BROADCASTING.contains(node.op().type())) {
      return node;
    }
    Optional<Shape> result = index.graph().shapeOf(node.output(0));
    for (int i = 0; result.isPresent() && i < node.inputs().size(); i++) {
      Optional<Node> expand = index.producer(node.input(i)).filter(n -> n.is("Expand"));
      if (expand.isEmpty()) {
        continue;
      }
      List<String> inputs = new ArrayList<>(node.inputs());
      inputs.set(i, expand.get().input(0));
      if (Values.surelyBroadcasts(index.graph(), inputs, result.get())) {
        return node.withInputs(inputs);
      }
    }
    return node;
  }

  /**
   * Gives a graph output's name to the value that an {@code Identity} copies, where that is free.
   */
  private static Applied outputsWithoutIdentity(Graph graph, GraphIndex index) {
    Map<String, String> renamed = new HashMap<>();
    Set<String> gone = new HashSet<>();
    for (Node node : graph.nodes()) {
      String from = node.input(0);
      boolean free =
          node.is("Identity")
              && index.isGraphOutput(node.output(0))
              && index.producer(from).isPresent()
              && !index.isGraphOutput(from)
              && !renamed.containsKey(from);
      if (free && !Values.isReadBySubgraph(graph, from)) {
        renamed.put(from, node.output(0));
        gone.add(node.output(0));
      }
    }
    if (renamed.isEmpty()) {
      return new Applied(graph, 0);
    }
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (!(node.is("Identity") && gone.contains(node.output(0)))) {
        List<String> outputs =
            node.outputs().stream().map(out -> renamed.getOrDefault(out, out)).toList();
        kept.add(node.mapInputs(in -> renamed.getOrDefault(in, in)).withOutputs(outputs));
      }
    }
    return new Applied(graph.withNodes(kept), renamed.size());
  }
}
