package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a training graph keep only what flows between its layers, and compute what is inside of a
 * layer once more when the backward pass comes to it (Chen et al. 2016,
 * https://arxiv.org/abs/1604.06174). The forward part of all layers but the last runs twice, so
 * that the memory of one layer is enough for all.
 *
 * <p>ONNX Runtime merges nodes that do the same, and runs early what waits for nothing. Therefore a
 * layer is not computed again from its input {@code x} but from {@code Reshape(x, s)}, where {@code
 * s} is the shape of x, taken from a vector that has the shape of the arriving gradient behind it:
 * no copy is made, and the second computation waits for that gradient.
 */
public final class GradientCheckpointing {
  private static final int NEVER = Integer.MAX_VALUE;

  private final Graph graph;
  private final ForwardSegments forward;
  private final GraphBuilder builder;

  /** The last segment, which is not repeated: its backward pass follows at once. */
  private final int last;

  /** By value of the backward part: the lowest repeated segment that it depends on. */
  private final Map<String, Integer> lowest = new HashMap<>();

  /** Values of the backward part that wait for the last segment. */
  private final Set<String> late = new LinkedHashSet<>();

  private final Map<String, String> copies = new HashMap<>();

  /** The graph keeps nothing that could be computed again. */
  public static final class NothingToRepeatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    NothingToRepeatException(String message) {
      super(message);
    }
  }

  private GradientCheckpointing(Graph graph) {
    this.graph = graph;
    this.forward = ForwardSegments.of(graph, CausalLmLoss.LOSS);
    this.builder = GraphBuilder.from(graph);
    this.last = forward.cuts().size() - 1;
  }

  /**
   * Rewrites a graph with a loss and its gradients, in which every slot is used.
   *
   * <p>{@link GradientOrder} has to follow, so that what was computed again is used at once.
   *
   * @throws NothingToRepeatException if it has fewer than two layers of attention
   */
  public static Graph apply(Graph training) {
    Graph sorted = training.withNodes(GraphOrder.sort(training.nodes()));
    GradientCheckpointing work = new GradientCheckpointing(sorted);
    if (work.last < 1) {
      throw new NothingToRepeatException(
          "graph '%s' has %d layers of attention, and all but the last would be computed twice"
              .formatted(training.name(), work.forward.cuts().size()));
    }
    return work.run();
  }

  private Graph run() {
    graph.nodes().stream().filter(this::isBackward).forEach(this::follow);
    for (int segment = 0; segment < last; segment++) {
      List<String> arriving = arriving(segment);
      if (!arriving.isEmpty()) {
        copy(segment, arriving);
      }
    }
    Graph built = builder.build();
    List<Node> nodes = new ArrayList<>();
    for (Node node : built.nodes()) {
      boolean reader = lowest.containsKey(node.output(0)) && !ForwardSegments.readsSizeOnly(node);
      nodes.add(reader ? node.mapInputs(in -> copies.getOrDefault(in, in)) : node);
    }
    return GraphOrder.removeDeadCode(built.withNodes(nodes));
  }

  private boolean isBackward(Node node) {
    return !forward.isForward(node);
  }

  /** Notes what the outputs of a backward node depend on. */
  private void follow(Node node) {
    int least = NEVER;
    boolean waits = false;
    for (String value : GraphOrder.reads(node)) {
      least = Math.min(least, lowest.getOrDefault(value, NEVER));
      waits |= late.contains(value);
      if (!ForwardSegments.readsSizeOnly(node)) {
        int segment = forward.segment(value).orElse(NEVER);
        least = segment < last ? Math.min(least, segment) : least;
        waits |= segment == last;
      }
    }
    for (String output : node.outputs()) {
      lowest.put(output, least);
      if (waits) {
        late.add(output);
      }
    }
  }

  /**
   * The gradients with which the backward pass of a segment begins: what it reads that depends on
   * no value of this segment nor of an earlier one.
   */
  private List<String> arriving(int segment) {
    Set<String> values = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (isBackward(node) && lowest.getOrDefault(node.output(0), NEVER) <= segment) {
        for (String value : node.inputs()) {
          boolean above = lowest.getOrDefault(value, NEVER) > segment;
          if (above && late.contains(value) && hasOpenShape(value)) {
            values.add(value);
          }
        }
      }
    }
    return List.copyOf(values);
  }

  /**
   * Whether a size is known only when the graph runs; other shapes are constants to the runtime.
   */
  private boolean hasOpenShape(String value) {
    return graph
        .shapeOf(value)
        .map(shape -> shape.dims().stream().anyMatch(dim -> !(dim instanceof Dim.Fixed)))
        .orElse(false);
  }

  /** Adds copies of the nodes of a segment whose values the backward pass reads. */
  private void copy(int segment, List<String> arriving) {
    String input = forward.cuts().get(segment);
    Set<String> wanted = wanted(segment);
    copies.put(input, afterGradient(input, arriving));
    for (Node node : graph.nodes()) {
      boolean needed =
          forward.isForward(node) && node.outputs().stream().anyMatch(wanted::contains);
      if (needed) {
        List<String> outputs = new ArrayList<>();
        for (String output : node.outputs()) {
          outputs.add(output.isEmpty() ? "" : copyOf(output));
        }
        Node copy = node.mapInputs(in -> copies.getOrDefault(in, in)).withOutputs(outputs);
        builder.addNode(
            new Node(again(node.name()), copy.op(), copy.inputs(), outputs, copy.attributes()));
      }
    }
  }

  private String copyOf(String value) {
    String copy = builder.fresh(again(value));
    graph.typeOf(value).ifPresent(type -> builder.type(copy, type));
    copies.put(value, copy);
    return copy;
  }

  private static String again(String name) {
    return name + "/again";
  }

  /** The values of a segment that its backward pass needs, and what they are computed from. */
  private Set<String> wanted(int segment) {
    String input = forward.cuts().get(segment);
    Set<String> wanted = new LinkedHashSet<>();
    List<String> open = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (isBackward(node) && !ForwardSegments.readsSizeOnly(node)) {
        open.addAll(node.inputs());
      }
    }
    while (!open.isEmpty()) {
      String value = open.remove(open.size() - 1);
      boolean inside = forward.segment(value).orElse(-1) == segment && !value.equals(input);
      if (inside && ForwardSegments.isRepeatable(forward.producer(value)) && wanted.add(value)) {
        open.addAll(forward.producer(value).inputs());
      }
    }
    return wanted;
  }

  /** A view of a value that is not there before some gradients are. */
  private String afterGradient(String value, List<String> gradients) {
    int rank = graph.shapeOf(value).map(Shape::rank).orElseThrow(() -> untyped(value));
    List<String> shapes = new ArrayList<>(List.of(builder.op("Shape", value)));
    gradients.forEach(gradient -> shapes.add(builder.op("Shape", gradient)));
    String all =
        builder.op("Concat", Map.of("axis", Attribute.of(0)), shapes.toArray(new String[0]));
    String shape = builder.op("Slice", all, builder.longs(0), builder.longs(rank));
    String view = builder.op("Reshape", value, shape);
    graph.typeOf(value).ifPresent(type -> builder.type(view, type));
    return view;
  }

  private IllegalStateException untyped(String value) {
    return new IllegalStateException(
        "graph '%s' does not say what shape '%s' has".formatted(graph.name(), value));
  }
}
