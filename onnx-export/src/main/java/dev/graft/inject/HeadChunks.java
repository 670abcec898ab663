package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Splits the head of a decoder, and the loss on it, over the labelled positions: with a vocabulary
 * of 128,000, the logits of a thousand positions are half a gigabyte, and the loss needs several
 * tensors of that size.
 *
 * <p>The graph has a fixed number of chunks, of which a run uses as many as its labels fill; the
 * others are empty. Where all are full, they grow. ONNX Runtime goes through the graph depth first,
 * and so has the gradient of one chunk's hidden states before it begins with the next. Only where
 * the head itself has an adapter, the gradients of all logits wait for that of B.
 *
 * @param count the number of chunks
 * @param rows labelled positions of a chunk, where the count allows
 */
record HeadChunks(int count, long rows) {
  /** No chunks: the head as it is. */
  static final HeadChunks NONE = new HeadChunks(1, Long.MAX_VALUE);

  /** What the logits of a chunk may take. */
  private static final long LARGEST_BYTES = 64L << 20;

  private static final int COUNT = 16;

  /** Of a vocabulary so small that this many positions fit, chunks would never be filled. */
  private static final long MANY_ROWS = 4096;

  private static final Map<String, Attribute> ROWS = Map.of("axis", Attribute.of(0));

  /** What suits a vocabulary. */
  static HeadChunks of(long vocabulary) {
    long rows = Math.max(1, LARGEST_BYTES / (Float.BYTES * vocabulary));
    return rows >= MANY_ROWS ? NONE : new HeadChunks(COUNT, rows);
  }

  /**
   * A graph with a split head.
   *
   * @param logits the logits of each chunk
   * @param sizes int64 {@code [chunks]}: the positions of each; absent where there is one chunk
   */
  record Parts(Graph graph, List<String> logits, Optional<String> sizes) {
    Parts {
      logits = List.copyOf(logits);
    }
  }

  /**
   * Splits what computes logits {@code [L, V]}: the products with the vocabulary's weights and what
   * is added to them.
   *
   * @param labelled a value that has an element per labelled position
   */
  Parts split(Graph forward, String logits, String labelled) {
    if (count == 1) {
      return new Parts(forward, List.of(logits), Optional.empty());
    }
    Set<Node> head = new LinkedHashSet<>();
    Set<String> inputs = new LinkedHashSet<>();
    collect(new GraphIndex(forward), logits, head, inputs);
    GraphBuilder b = GraphBuilder.from(forward);
    b.nodes(forward.nodes().stream().filter(node -> !head.contains(node)).toList());
    String sizes = sizes(b, labelled);
    Map<String, List<String>> split = new HashMap<>();
    inputs.forEach(input -> split.put(input, split(b, input, sizes)));
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> names = new HashMap<>();
      for (Map.Entry<String, List<String>> entry : split.entrySet()) {
        names.put(entry.getKey(), entry.getValue().get(i));
      }
      for (Node node : forward.nodes()) {
        if (head.contains(node)) {
          String result = b.fresh("%s/%d".formatted(node.output(0), i));
          b.addNode(
              new Node(
                  "%s/%d".formatted(node.name(), i),
                  node.op(),
                  node.mapInputs(in -> names.getOrDefault(in, in)).inputs(),
                  List.of(result),
                  node.attributes()));
          names.put(node.output(0), result);
        }
      }
      parts.add(names.getOrDefault(logits, logits));
    }
    return new Parts(b.build(), parts, Optional.of(sizes));
  }

  /** Splits a tensor with a row or an element per labelled position. */
  List<String> split(GraphBuilder b, String value, String sizes) {
    return b.op(OpId.onnx("Split"), ROWS, List.of(value, sizes), count);
  }

  /** Finds the nodes that make the logits, and the narrower values that they read. */
  private static void collect(GraphIndex index, String value, Set<Node> head, Set<String> inputs) {
    Node node = index.producer(value).orElseThrow(() -> new IllegalArgumentException(value));
    if (node.is("MatMul") || node.op().equals(OpId.microsoft("FusedMatMul"))) {
      head.add(node);
      inputs.add(node.input(0));
    } else if (node.is("Identity") || node.is("Add")) {
      head.add(node);
      node.inputs().stream()
          .filter(in -> index.producer(in).isPresent())
          .forEach(in -> collect(index, in, head, inputs));
    } else {
      inputs.add(value);
    }
  }

  /** {@code min(max(L - i c, 0), c)} with {@code c = max(rows, ceil(L / count))}. */
  private String sizes(GraphBuilder b, String labelled) {
    String total = b.op("Shape", labelled);
    String even =
        b.op("Div", b.op("Add", total, b.longs(count - 1)), b.scalar(ElementType.INT64, count));
    String each = b.op("Max", even, b.longs(rows));
    long[] numbers = LongStream.range(0, count).toArray();
    String starts = b.op("Mul", b.constant("chunk_numbers", Tensor.longVector(numbers)), each);
    String left = b.op("Max", b.op("Sub", total, starts), b.longs(0));
    return b.op("Min", left, each);
  }
}
