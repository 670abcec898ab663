package dev.graft.testmodels;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.FloatTensor;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Spells a Llama decoder as Optimum's export with PyTorch's TorchScript exporter does, opset 18: it
 * reads the length of the past off the shape of its keys, makes the mask of ranges of columns and
 * of the attention mask as truth values, turns positions into angles by a product, repeats the keys
 * of grouped heads, and has decomposed norms, nameless transposed weights, and a tied head whose
 * table is turned in the graph.
 */
final class OptimumWriter {
  private static final Map<String, Attribute> NONE = Map.of();
  private static final long TO_FLOAT = 1;
  private static final long TO_BOOL = 9;

  private final GraphBuilder graph = new GraphBuilder("main_graph");
  private final SortedMap<String, FloatTensor> tensors;
  private final int hidden;
  private final int layers;
  private final int heads;
  private final int keyHeads;
  private final int features;
  private final double epsilon;
  private final double theta;
  private int nextWeight = 700;

  OptimumWriter(ObjectNode config, SortedMap<String, FloatTensor> tensors) {
    this.tensors = tensors;
    this.hidden = config.path("hidden_size").asInt();
    this.layers = config.path("num_hidden_layers").asInt();
    this.heads = config.path("num_attention_heads").asInt();
    this.keyHeads = config.path("num_key_value_heads").asInt();
    this.features = config.path("head_dim").asInt(hidden / heads);
    this.epsilon = config.path("rms_norm_eps").asDouble();
    this.theta = config.path("rope_theta").asDouble();
  }

  Model build() {
    String ids = graph.input("input_ids", ElementType.INT64, "batch_size", "sequence_length");
    String total = "past_sequence_length + sequence_length";
    String mask = graph.input("attention_mask", ElementType.INT64, "batch_size", total);
    String positions =
        graph.input("position_ids", ElementType.INT64, "batch_size", "sequence_length");
    for (int layer = 0; layer < layers; layer++) {
      past(layer, "key");
      past(layer, "value");
    }
    String table = weight("model.embed_tokens.weight");
    String x = graph.op("Gather", table, ids);
    String bias = bias(mask, x);
    String angles = angles(positions);
    String cos = unsqueeze(graph.op("Cos", angles), 1);
    String sin = unsqueeze(graph.op("Sin", angles), 1);
    for (int layer = 0; layer < layers; layer++) {
      x = layer(layer, x, bias, cos, sin);
    }
    String last = norm("model.norm", x);
    String turned = graph.op("Transpose", Map.of("perm", Attribute.ints(1, 0)), table);
    graph.output(
        node("/lm_head/MatMul", "MatMul", last, turned),
        "logits",
        TensorType.of(
            ElementType.FLOAT,
            "batch_size",
            "sequence_length",
            tensor("model.embed_tokens.weight").shape().get(0)));
    return new Model(
        8,
        Map.of("", 18L),
        "pytorch",
        "",
        graph.build(),
        Map.of(),
        Model.of(graph.build()).extras());
  }

  private String past(int layer, String kind) {
    return graph.input(
        "past_key_values.%d.%s".formatted(layer, kind),
        ElementType.FLOAT,
        "batch_size",
        (long) keyHeads,
        "past_sequence_length",
        (long) features);
  }

  private FloatTensor tensor(String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the checkpoint has no '%s'".formatted(name));
    }
    return tensor;
  }

  private String weight(String name) {
    return graph.initializer(name, floats(tensor(name)));
  }

  private static Tensor floats(FloatTensor tensor) {
    return Tensor.floats(tensor.shape(), tensor.toArray());
  }

  private String node(String name, String type, String... inputs) {
    String output = name.substring(1) + "_output_0";
    graph.addNode(new Node(name, OpId.onnx(type), List.of(inputs), List.of(output), NONE));
    return output;
  }

  private String linear(String module, String x) {
    String turned =
        graph.initializer(
            "onnx::MatMul_" + nextWeight++, floats(tensor(module + ".weight").transposed()));
    String scope =
        module
            .replace("model.", "/model/")
            .replace(".self_attn.", "/self_attn/")
            .replace(".mlp.", "/mlp/");
    return node(scope + "/MatMul", "MatMul", x, turned);
  }

  private String longs(long value) {
    return graph.scalar(ElementType.INT64, (double) value);
  }

  private String size(String x, long axis) {
    return graph.op("Gather", graph.op("Shape", x), longs(axis));
  }

  private String unsqueeze(String x, long... axes) {
    String y = x;
    for (long axis : axes) {
      y = graph.op("Unsqueeze", y, graph.longs(axis));
    }
    return y;
  }

  private String concat(long axis, String... parts) {
    return graph.op("Concat", Map.of("axis", Attribute.of(axis)), parts);
  }

  private String cast(String x, long to) {
    return graph.op("Cast", Map.of("to", Attribute.of(to)), x);
  }

  /** What is added to scores, {@code [B, 1, T, S]}. */
  private String bias(String mask, String x) {
    String past = size("past_key_values.0.key", 2);
    String queries = graph.op("Range", past, graph.op("Add", past, size(x, 1)), longs(1));
    String end = graph.op("Add", past, size(queries, 0));
    String keys = unsqueeze(graph.op("Range", longs(0), end, longs(1)), 0, 1, 2);
    String causal = graph.op("LessOrEqual", keys, unsqueeze(queries, 0, 1, 3));
    String kept = cast(mask, TO_BOOL);
    String rows = unsqueeze(graph.op("Range", longs(0), size(x, 0), longs(1)), 1, 2, 3);
    String cells = graph.op("Add", keys, graph.op("Mul", rows, size(kept, 1)));
    String flat = graph.op("Flatten", Map.of("axis", Attribute.of(2)), kept);
    String picked = graph.op("Gather", Map.of("axis", Attribute.of(0)), flat, cells);
    String list = graph.op("Reshape", picked, graph.longs(-1));
    String seen = graph.op("Reshape", list, graph.op("Shape", cells));
    String visible = graph.op("And", causal, seen);
    String unseen = graph.constant("unseen", Tensor.floats(List.of(), Float.NEGATIVE_INFINITY));
    return graph.op("Where", visible, graph.scalar(0), unseen);
  }

  /** The angles of positions, {@code [B, T, D]}. */
  private String angles(String positions) {
    float[] inverse = new float[features / 2];
    for (int i = 0; i < inverse.length; i++) {
      inverse[i] = (float) Math.pow(theta, -2.0 * i / features);
    }
    String frequencies =
        graph.initializer(
            "onnx::Expand_118", Tensor.floats(List.of(1L, (long) inverse.length, 1L), inverse));
    String wanted = concat(0, unsqueeze(size(positions, 0), 0), graph.longs(-1), graph.longs(1));
    String unknown = graph.op("Equal", wanted, graph.longs(-1, -1, -1));
    String shape = graph.op("Where", unknown, graph.longs(1, 1, 1), wanted);
    String rows = graph.op("Expand", frequencies, shape);
    String columns = cast(unsqueeze(positions, 1), TO_FLOAT);
    String half =
        graph.op(
            "Transpose",
            Map.of("perm", Attribute.ints(0, 2, 1)),
            graph.op("MatMul", rows, columns));
    return concat(-1, half, half);
  }

  private String norm(String module, String x) {
    String mean =
        graph.op(
            "ReduceMean",
            Map.of("keepdims", Attribute.of(1)),
            graph.op("Pow", x, graph.scalar(2)),
            graph.longs(-1));
    String deviation = graph.op("Sqrt", graph.op("Add", mean, graph.scalar(epsilon)));
    String normal = graph.op("Mul", x, graph.op("Div", graph.scalar(1), deviation));
    return graph.op("Mul", weight(module + ".weight"), normal);
  }

  private String layer(int layer, String x, String bias, String cos, String sin) {
    String name = "model.layers." + layer;
    String y =
        graph.op("Add", x, attention(layer, norm(name + ".input_layernorm", x), bias, cos, sin));
    String z = norm(name + ".post_attention_layernorm", y);
    String gate = linear(name + ".mlp.gate_proj", z);
    String gated = graph.op("Mul", gate, graph.op("Sigmoid", gate));
    String wide = graph.op("Mul", gated, linear(name + ".mlp.up_proj", z));
    return graph.op("Add", y, linear(name + ".mlp.down_proj", wide));
  }

  private String attention(int layer, String x, String bias, String cos, String sin) {
    String name = "model.layers.%d.self_attn".formatted(layer);
    String q = turned(split(linear(name + ".q_proj", x), x), cos, sin);
    String k = turned(split(linear(name + ".k_proj", x), x), cos, sin);
    String v = split(linear(name + ".v_proj", x), x);
    String keys = repeated(withPast(layer, "key", k));
    String values = repeated(withPast(layer, "value", v));
    String scale = graph.scalar(Math.sqrt(1 / Math.sqrt(features)));
    String columns = graph.op("Transpose", Map.of("perm", Attribute.ints(0, 1, 3, 2)), keys);
    String scores = graph.op("MatMul", graph.op("Mul", q, scale), graph.op("Mul", columns, scale));
    String weights =
        graph.op("Softmax", Map.of("axis", Attribute.of(-1)), graph.op("Add", scores, bias));
    String known = graph.op("Where", graph.op("IsNaN", weights), graph.scalar(0), weights);
    String mixed =
        graph.op(
            "Transpose",
            Map.of("perm", Attribute.ints(0, 2, 1, 3)),
            graph.op("MatMul", known, values));
    String joined = graph.op("Reshape", mixed, rowsOf(x, graph.longs(-1)));
    return linear(name + ".o_proj", joined);
  }

  /** {@code [B, T, H]} to heads {@code [B, N, T, D]}. */
  private String split(String y, String x) {
    String parts = graph.op("Reshape", y, rowsOf(x, graph.longs(-1), graph.longs(features)));
    return graph.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3)), parts);
  }

  /** The shape {@code [B, T, ...]}. */
  private String rowsOf(String x, String... more) {
    String[] parts = new String[more.length + 2];
    parts[0] = unsqueeze(size(x, 0), 0);
    parts[1] = unsqueeze(size(x, 1), 0);
    System.arraycopy(more, 0, parts, 2, more.length);
    return concat(0, parts);
  }

  private String turned(String x, String cos, String sin) {
    long half = features / 2;
    String first = slice(x, 0, half);
    String second = slice(x, half, Long.MAX_VALUE);
    String crossed = concat(-1, graph.op("Neg", second), first);
    return graph.op("Add", graph.op("Mul", x, cos), graph.op("Mul", crossed, sin));
  }

  private String slice(String x, long from, long to) {
    return graph.op("Slice", x, graph.longs(from), graph.longs(to), graph.longs(3), graph.longs(1));
  }

  private String withPast(int layer, String kind, String x) {
    String present = "present.%d.%s".formatted(layer, kind);
    String all = concat(-2, "past_key_values.%d.%s".formatted(layer, kind), x);
    graph.output(
        all,
        present,
        TensorType.of(
            ElementType.FLOAT,
            "batch_size",
            (long) keyHeads,
            "past_sequence_length + sequence_length",
            (long) features));
    return all;
  }

  /** Keys or values of grouped heads, once for every query head. */
  private String repeated(String x) {
    String shape =
        concat(
            0,
            unsqueeze(size(x, 0), 0),
            graph.longs(keyHeads),
            graph.longs(heads / keyHeads),
            unsqueeze(size(x, 2), 0),
            graph.longs(features));
    String copies = graph.op("Expand", unsqueeze(x, 2), shape);
    String joined =
        concat(
            0,
            unsqueeze(size(x, 0), 0),
            graph.longs(heads),
            unsqueeze(size(x, 2), 0),
            graph.longs(features));
    return graph.op("Reshape", copies, joined);
  }
}
