package dev.graft.family;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts that graphs of all families are made of.
 *
 * <p>A part is named after the module it stands for: {@code model.layers.0.mlp.up_proj} gives nodes
 * {@code /model/layers.0/mlp/up_proj/…}, as PyTorch's exporter names them. Values are named after
 * their nodes, initializers as in the checkpoint.
 */
final class Blocks {
  private static final String OUTPUT = "_output_0";

  private final GraphBuilder graph;
  private final Weights weights;
  private final Map<String, Integer> seen = new HashMap<>();

  Blocks(GraphBuilder graph, Weights weights) {
    this.graph = graph;
    this.weights = weights;
  }

  GraphBuilder graph() {
    return graph;
  }

  Weights weights() {
    return weights;
  }

  /** An int64 input. */
  String idInput(String name, Object... dims) {
    return graph.input(name, ElementType.INT64, dims);
  }

  void output(String value, Object... dims) {
    graph.output(value, TensorType.of(ElementType.FLOAT, dims));
  }

  /** Applies a standard operator inside a module. */
  String op(String module, String type, Map<String, Attribute> attributes, String... inputs) {
    return op(module, OpId.onnx(type), attributes, inputs);
  }

  String op(String module, OpId op, Map<String, Attribute> attributes, String... inputs) {
    String name = nodeName(module, op.type());
    graph.addNode(new Node(name, op, List.of(inputs), List.of(name + OUTPUT), attributes));
    return name + OUTPUT;
  }

  /** Applies a standard operator whose result has the given name. */
  String named(
      String result, String module, String type, Map<String, Attribute> attributes, String... in) {
    graph.addNode(
        new Node(
            nodeName(module, type), OpId.onnx(type), List.of(in), List.of(result), attributes));
    return result;
  }

  /** Applies an operator with several results. */
  List<String> split(String module, String x, int parts) {
    String name = nodeName(module, "Split");
    List<String> results = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      results.add(name + "_output_" + i);
    }
    graph.addNode(
        new Node(
            name,
            OpId.onnx("Split"),
            List.of(x),
            results,
            Map.of("axis", Attribute.of(-1), "num_outputs", Attribute.of(parts))));
    return results;
  }

  String op(String module, String type, String... inputs) {
    return op(module, type, Map.of(), inputs);
  }

  /** {@code x [.., in]} to {@code [.., out]} by a weight {@code [out, in]}. */
  String linear(String module, String x, long in, long out, boolean hasBias) {
    String weight = weights.get(module + ".weight", out, in);
    return withBias(module, product(module, x, weight), out, hasBias);
  }

  /** {@code x [.., in]} times the transpose of {@code weight [out, in]}. */
  String product(String module, String x, String weight) {
    String name = nodeName(module, "MatMul");
    return product(name, x, weight, name + OUTPUT);
  }

  /** A product as {@link #product} whose result has the given name. */
  String namedProduct(String result, String module, String x, String weight) {
    return product(nodeName(module, "MatMul"), x, weight, result);
  }

  private String product(String name, String x, String weight, String result) {
    graph.addNode(
        new Node(
            name,
            OpId.microsoft("FusedMatMul"),
            List.of(x, weight),
            List.of(result),
            Map.of("transB", Attribute.of(1))));
    return result;
  }

  /** {@code x [.., in]} to {@code [.., out]} by a weight {@code [in, out]}, as GPT-2 has them. */
  String conv1d(String module, String x, long in, long out) {
    String weight = weights.get(module + ".weight", in, out);
    return withBias(module, op(module, "MatMul", x, weight), out, true);
  }

  private String withBias(String module, String product, long out, boolean hasBias) {
    return hasBias ? op(module, "Add", product, weights.get(module + ".bias", out)) : product;
  }

  /** Rows of the table {@code [rows, size]}. */
  String embedding(String module, String ids, long rows, long size) {
    return op(module, "Gather", weights.get(module + ".weight", rows, size), ids);
  }

  String layerNorm(String module, String x, long size, double epsilon) {
    return layerNorm(module, x, size, epsilon, path(module) + "/LayerNormalization" + OUTPUT);
  }

  /** A normalisation whose result has the given name. */
  String layerNorm(String module, String x, long size, double epsilon, String result) {
    return norm(
        module,
        "LayerNormalization",
        List.of(x, weights.get(module + ".weight", size), weights.get(module + ".bias", size)),
        List.of(result, result + "_mean", result + "_inv_std"),
        epsilon);
  }

  String rmsNorm(String module, String x, long size, double epsilon) {
    return rmsNorm(
        module, x, size, epsilon, path(module) + "/SimplifiedLayerNormalization" + OUTPUT);
  }

  String rmsNorm(String module, String x, long size, double epsilon, String result) {
    return norm(
        module,
        "SimplifiedLayerNormalization",
        List.of(x, weights.get(module + ".weight", size)),
        List.of(result, result + "_inv_std"),
        epsilon);
  }

  private String norm(
      String module, String type, List<String> inputs, List<String> outputs, double epsilon) {
    graph.addNode(
        new Node(
            nodeName(module, type),
            OpId.onnx(type),
            inputs,
            outputs,
            Map.of("axis", Attribute.of(-1), "epsilon", Attribute.of(epsilon))));
    return outputs.get(0);
  }

  String reshape(String module, String x, long... shape) {
    return op(module, "Reshape", x, graph.longs(shape));
  }

  String transpose(String module, String x, long... perm) {
    return op(module, "Transpose", Map.of("perm", Attribute.ints(perm)), x);
  }

  /** {@code x [B, T, heads * D]} to {@code [B, heads, T, D]}. */
  String splitHeads(String module, String x, long heads, long headDim) {
    return transpose(module, reshape(module, x, 0, 0, heads, headDim), 0, 2, 1, 3);
  }

  /** {@code x [B, heads, T, D]} to {@code [B, T, heads * D]}. */
  String joinHeads(String module, String x, long heads, long headDim) {
    return reshape(module, transpose(module, x, 0, 2, 1, 3), 0, 0, heads * headDim);
  }

  /** {@code q [.., T, D]} times the transpose of {@code k [.., S, D]}, scaled. */
  String scores(String module, String q, String k, double scale) {
    return op(
        module,
        OpId.microsoft("FusedMatMul"),
        Map.of("transB", Attribute.of(1), "alpha", Attribute.of(scale)),
        q,
        k);
  }

  String softmax(String module, String x) {
    return op(module, "Softmax", Map.of("axis", Attribute.of(-1)), x);
  }

  private String nodeName(String module, String type) {
    String name = path(module) + "/" + type;
    int count = seen.merge(name, 1, Integer::sum);
    return count == 1 ? name : name + "_" + (count - 1);
  }

  /** {@code model.layers.0.mlp} as {@code /model/layers.0/mlp}. */
  private static String path(String module) {
    return "/" + module.replaceAll("\\.(?!\\d)", "/");
  }
}
