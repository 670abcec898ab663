package dev.graft.inject;

import dev.graft.module.EncoderSignature;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The forward part of a training graph, cut into its layers.
 *
 * <p>What a model makes of its tokens is a stream of values from {@code input_ids} to the loss.
 * Where everything that is computed later depends on what came before through one value alone, the
 * stream can be cut: between the layers of a transformer that value is the residual stream. Nothing
 * but the shape of the graph is looked at, so it is the same for every family.
 *
 * <p>There is one cut per layer, the last one before its attention (a softmax over scores of three
 * or more axes). What lies in front of the first cut has no number; the last segment holds the last
 * layer, the head and the loss.
 */
final class ForwardSegments {
  private static final int SCORE_AXES = 3;

  private static final Set<String> RANDOM =
      Set.of(
          "Bernoulli",
          "Dropout",
          "Multinomial",
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike");

  private final Set<String> forward = new HashSet<>();
  private final Map<String, Node> producers = new HashMap<>();
  private final Map<String, Integer> segments = new HashMap<>();
  private final List<String> cuts = new ArrayList<>();

  private ForwardSegments() {}

  /**
   * Cuts a graph.
   *
   * @param sorted a graph whose nodes are in order
   * @param loss the value where the forward part ends
   */
  static ForwardSegments of(Graph sorted, String loss) {
    ForwardSegments segments = new ForwardSegments();
    segments.findForward(sorted, loss);
    List<Node> stream = segments.stream(sorted);
    segments.findCuts(sorted, stream);
    segments.number(stream);
    return segments;
  }

  /** The values that the segments begin with, in order. */
  List<String> cuts() {
    return Collections.unmodifiableList(cuts);
  }

  /** Whether a node belongs to the forward part: the loss depends on it. */
  boolean isForward(Node node) {
    return node.outputs().stream().anyMatch(forward::contains);
  }

  /** The segment of a value of the stream: the one that computes it or begins with it. */
  OptionalInt segment(String value) {
    Integer segment = segments.get(value);
    return segment == null ? OptionalInt.empty() : OptionalInt.of(segment);
  }

  /** The node that computes a value of the stream. */
  Node producer(String value) {
    Node node = producers.get(value);
    if (node == null) {
      throw new IllegalArgumentException("'%s' is no value of the stream".formatted(value));
    }
    return node;
  }

  /** Whether a node only looks at the size of what it reads. */
  static boolean readsSizeOnly(Node node) {
    return node.is("Shape") || node.is("Size");
  }

  private void findForward(Graph sorted, String loss) {
    forward.add(loss);
    List<Node> nodes = sorted.nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (isForward(nodes.get(i))) {
        forward.addAll(GraphOrder.reads(nodes.get(i)));
      }
    }
  }

  private List<Node> stream(Graph sorted) {
    Set<String> flowing = new HashSet<>(Set.of(EncoderSignature.INPUT_IDS));
    List<Node> stream = new ArrayList<>();
    for (Node node : sorted.nodes()) {
      boolean reads = GraphOrder.reads(node).stream().anyMatch(flowing::contains);
      if (reads && isForward(node) && !readsSizeOnly(node)) {
        stream.add(node);
        for (String output : node.outputs()) {
          if (!output.isEmpty()) {
            flowing.add(output);
            producers.put(output, node);
          }
        }
      }
    }
    return stream;
  }

  /**
   * A value cuts the stream if, once it is computed, it is the only one that is still to be read.
   */
  private void findCuts(Graph sorted, List<Node> stream) {
    Map<String, Integer> readers = new HashMap<>();
    for (Node node : stream) {
      GraphOrder.reads(node).forEach(value -> readers.merge(value, 1, Integer::sum));
    }
    Set<String> pending = new HashSet<>(Set.of(EncoderSignature.INPUT_IDS));
    String cut = "";
    for (Node node : stream) {
      if (isAttention(sorted, node) && !cut.isEmpty() && !cuts.contains(cut)) {
        cuts.add(cut);
      }
      for (String value : GraphOrder.reads(node)) {
        if (pending.contains(value) && readers.merge(value, -1, Integer::sum) == 0) {
          pending.remove(value);
        }
      }
      for (String output : node.outputs()) {
        if (readers.containsKey(output)) {
          pending.add(output);
        }
      }
      if (pending.size() == 1 && node.outputs().containsAll(pending)) {
        cut = pending.iterator().next();
      }
    }
  }

  private static boolean isAttention(Graph graph, Node node) {
    return node.is("Softmax")
        && graph.shapeOf(node.output(0)).map(Shape::rank).orElse(0) >= SCORE_AXES;
  }

  private void number(List<Node> stream) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    cuts.forEach(cut -> numbers.put(cut, numbers.size()));
    int current = -1;
    for (Node node : stream) {
      int next = current;
      for (String output : node.outputs()) {
        // Other outputs of a node whose first is a cut belong to what is in front of the cut.
        Integer number = numbers.get(output);
        next = number == null ? next : number;
        int segment = number == null ? current : number;
        if (segment >= 0 && !output.isEmpty()) {
          segments.put(output, segment);
        }
      }
      current = next;
    }
  }

  /**
   * Whether a node gives the same again when it is run again, and can be copied by renaming its
   * inputs.
   */
  static boolean isRepeatable(Node node) {
    boolean plain =
        node.attributes().values().stream().noneMatch(a -> a instanceof Attribute.GraphValue);
    return plain && !RANDOM.contains(node.op().type());
  }
}
