package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Computes the products of a graph with its frozen weights in 8-bit integers.
 *
 * <p>Every {@code MatMul} or {@code FusedMatMul} of activations (or gradients) with a frozen float
 * matrix becomes ONNX Runtime's {@code DynamicQuantizeMatMul}: the matrix is stored in signed bytes
 * with one scale per column, symmetric; the activations are quantized per run with one scale. What
 * an adapter adds stays in float, as in QLoRA (Dettmers et al. 2023,
 * https://arxiv.org/abs/2305.14314).
 *
 * <p>The base's part of each sum is then off by about one part in two hundred. That is a property
 * of the graph that runs, not of the adapter: its weights are float and serve a float base.
 */
public final class QuantizedBase {
  private static final OpId FUSED_MAT_MUL = OpId.microsoft("FusedMatMul");

  /** Smaller matrices gain nothing. */
  private static final long SMALLEST_ELEMENTS = 64 * 64;

  private final Graph graph;
  private final boolean backwardToo;
  private final QuantizedWeights weights;
  private final GraphBuilder builder;
  private final Map<String, List<String>> quantized = new HashMap<>();

  private QuantizedBase(Graph graph, boolean backwardToo, QuantizedWeights weights) {
    this.graph = graph;
    this.backwardToo = backwardToo;
    this.weights = weights;
    this.builder = GraphBuilder.from(graph);
  }

  /**
   * Rewrites a graph.
   *
   * @param backwardToo whether the products that carry gradients through frozen weights are
   *     quantized as well
   * @param weights where the quantized weights are found, or kept for the next graph
   */
  public static Graph apply(Graph graph, boolean backwardToo, QuantizedWeights weights) {
    return new QuantizedBase(graph, backwardToo, weights).run();
  }

  private Graph run() {
    List<Node> nodes = new ArrayList<>();
    graph.nodes().forEach(node -> nodes.add(isFrozenProduct(node) ? quantized(node) : node));
    return GraphOrder.removeDeadCode(builder.nodes(nodes).build());
  }

  private boolean isFrozenProduct(Node node) {
    Tensor weight = graph.initializers().get(node.input(1));
    boolean fused = node.op().equals(FUSED_MAT_MUL);
    if (weight == null
        || !(node.is("MatMul") || fused)
        || weight.elementType() != ElementType.FLOAT
        || weight.dims().size() != 2
        || weight.elementCount() < SMALLEST_ELEMENTS
        || graph.initializers().containsKey(node.input(0))) {
      return false;
    }
    boolean plain =
        node.intAttribute("transA", 0) == 0
            && node.intAttribute("transBatchA", 0) == 0
            && node.intAttribute("transBatchB", 0) == 0;
    return plain && (backwardToo || node.intAttribute("transB", 0) == 0);
  }

  private Node quantized(Node node) {
    boolean turned = node.intAttribute("transB", 0) != 0;
    float alpha = node.floatAttribute("alpha", 1f);
    String key = "%s %s %s".formatted(node.input(1), turned, alpha);
    List<String> parts =
        quantized.computeIfAbsent(key, k -> quantize(node.input(1), turned, alpha));
    List<String> inputs = new ArrayList<>(List.of(node.input(0)));
    inputs.addAll(parts);
    return new Node(
        node.name(),
        OpId.microsoft("DynamicQuantizeMatMul"),
        inputs,
        node.outputs(),
        Map.<String, Attribute>of());
  }

  /** Bytes {@code [K, N]}, scales {@code [N]} and zero points {@code [N]} of a matrix. */
  private List<String> quantize(String name, boolean turned, float alpha) {
    Tensor weight = graph.initializers().get(name);
    if (weight == null) {
      throw new IllegalStateException("no weight '%s'".formatted(name));
    }
    QuantizedMatrix matrix = weights.matrix(weight, turned);
    List<Long> columns = matrix.scales().dims();
    ByteBuffer zeros = ByteBuffer.allocate(Math.toIntExact(columns.get(0)));
    String hint = name + (turned ? "_turned" : "") + "_int8";
    return List.of(
        builder.initializer(builder.fresh(hint), matrix.bytes()),
        builder.initializer(builder.fresh(hint + "_scale"), matrix.scalesTimes(alpha)),
        builder.initializer(
            builder.fresh(hint + "_zero"),
            new Tensor(ElementType.INT8, columns, new TensorData.Inline(zeros))));
  }
}
