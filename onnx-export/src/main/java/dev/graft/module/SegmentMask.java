package dev.graft.module;

import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a decoder tells the texts of a row apart by the numbers in its attention mask.
 *
 * <p>Graphs that Graft makes of checkpoints compare the number of a key with that of a query.
 * Others take every number but 0 for the same, so that texts packed into one row would see each
 * other.
 */
public final class SegmentMask {
  /** Operators that hand the mask's numbers on. */
  private static final Set<String> PASSING =
      Set.of("Unsqueeze", "Squeeze", "Slice", "Identity", "Reshape", "Expand");

  private SegmentMask() {}

  /** Whether keys and queries are compared by their numbers in the mask. */
  public static boolean isReadBy(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    return graph.nodes().stream()
        .filter(node -> node.is("Equal"))
        .anyMatch(node -> node.inputs().stream().allMatch(input -> isOfMask(index, input)));
  }

  private static boolean isOfMask(GraphIndex index, String value) {
    String current = value;
    Optional<Node> producer = index.producer(current);
    while (producer.isPresent() && PASSING.contains(producer.get().op().type())) {
      current = producer.get().input(0);
      producer = index.producer(current);
    }
    return current.equals(DecoderSignature.ATTENTION_MASK);
  }
}
