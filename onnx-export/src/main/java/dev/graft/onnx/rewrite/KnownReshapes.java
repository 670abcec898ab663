package dev.graft.onnx.rewrite;

import dev.graft.onnx.Dim;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives a {@code Reshape} whose shape is computed a constant shape: 0 where a size is that of the
 * input at the same axis, a number where it is fixed, -1 for at most one other.
 */
final class KnownReshapes implements Rewrite {
  @Override
  public String name() {
    return "known-reshape";
  }

  @Override
  public Applied apply(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    GraphBuilder b = GraphBuilder.from(graph);
    List<Node> nodes = new ArrayList<>();
    int count = 0;
    for (Node node : graph.nodes()) {
      Optional<long[]> shape =
          node.is("Reshape") && Values.constant(index, node.input(1)).isEmpty()
              ? constantShape(graph, node)
              : Optional.empty();
      if (shape.isPresent()) {
        count++;
        // With allowzero a 0 would be a size rather than a copy.
        nodes.add(
            new Node(
                node.name(),
                node.op(),
                List.of(node.input(0), b.longs(shape.get())),
                node.outputs(),
                Map.of(),
                node.extras()));
      } else {
        nodes.add(node);
      }
    }
    return count == 0 ? new Applied(graph, 0) : new Applied(b.nodes(nodes).build(), count);
  }

  private static Optional<long[]> constantShape(Graph graph, Node node) {
    Optional<Shape> in = graph.shapeOf(node.input(0));
    Optional<Shape> out = graph.shapeOf(node.output(0));
    if (in.isEmpty() || out.isEmpty()) {
      return Optional.empty();
    }
    long[] sizes = new long[out.get().rank()];
    boolean open = false;
    for (int i = 0; i < sizes.length; i++) {
      Dim dim = out.get().dim(i);
      if (dim instanceof Dim.Fixed f && f.size() > 0) {
        sizes[i] = f.size();
      } else if (i < in.get().rank() && dim.surelyEquals(in.get().dim(i))) {
        sizes[i] = 0;
      } else if (dim instanceof Dim.Symbol && !open) {
        sizes[i] = -1;
        open = true;
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(sizes);
  }
}
