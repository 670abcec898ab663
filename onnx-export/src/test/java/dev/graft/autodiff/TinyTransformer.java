package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Two layers of attention and feed-forward with adapters on query and value, a mean over the tokens
 * that count, a linear head, and cross-entropy. Frozen weights are initializers; adapters, head and
 * data are inputs, their batch, length and rank symbolic.
 */
final class TinyTransformer {
  private static final int HIDDEN = 8;
  private static final int HEADS = 2;
  private static final int LAYERS = 2;
  private static final int RANK = 2;
  private static final int LABELS = 3;
  private static final long BATCH = 2;
  private static final long LENGTH = 5;

  private final GraphBuilder b = new GraphBuilder("transformer");
  private final ElementType type;
  private final Random random = new Random(7);
  private final List<String> trainable = new ArrayList<>();
  private final Map<String, Tensor> feeds = new LinkedHashMap<>();

  private TinyTransformer(ElementType type) {
    this.type = type;
  }

  record Built(Graph graph, String loss, List<String> trainable, Map<String, Tensor> feeds) {}

  static Built build(ElementType type) {
    return new TinyTransformer(type).build();
  }

  private Built build() {
    String x = data("x", BATCH, "B", LENGTH, "S");
    String mask = b.input("mask", type, "B", "S");
    feeds.put(
        mask,
        GradientCheck.tensor(
            type, List.of(BATCH, LENGTH), new double[] {1, 1, 1, 1, 1, 1, 1, 1, 0, 0}));
    String labels = b.input("labels", ElementType.INT64, "B");
    feeds.put(labels, Tensor.longVector(2, 0));
    String bias = b.op("Mul", b.op("Sub", mask, b.scalar(type, 1)), b.scalar(type, 1e4));
    bias = b.op("Unsqueeze", bias, b.longs(1, 2));
    for (int layer = 0; layer < LAYERS; layer++) {
      x = layer(x, bias, "layer%d.".formatted(layer));
    }
    String loss = crossEntropy(pool(x, mask), labels);
    b.output(loss, TensorType.of(type));
    return new Built(ShapeInference.infer(b.build()), loss, trainable, feeds);
  }

  private String layer(String x, String bias, String name) {
    String q = heads(b.op("Add", linear(x, name + "q", HIDDEN, HIDDEN), adapter(x, name + "q")));
    String k = heads(linear(x, name + "k", HIDDEN, HIDDEN));
    String v = heads(b.op("Add", linear(x, name + "v", HIDDEN, HIDDEN), adapter(x, name + "v")));
    String kt = b.op("Transpose", Map.of("perm", Attribute.ints(0, 1, 3, 2)), k);
    String scores = b.op("Div", b.op("MatMul", q, kt), b.scalar(type, 2));
    String p = b.op("Softmax", Map.of("axis", Attribute.of(-1)), b.op("Add", scores, bias));
    String mixed =
        b.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3)), b.op("MatMul", p, v));
    mixed = b.op("Reshape", mixed, b.longs(0, 0, HIDDEN));
    x = norm(b.op("Add", linear(mixed, name + "o", HIDDEN, HIDDEN), x), name + "norm1");
    Map<String, Attribute> tanh = Map.of("approximate", Attribute.of("tanh"));
    String up = b.op("Gelu", tanh, linear(x, name + "up", HIDDEN, 2 * HIDDEN));
    return norm(b.op("Add", linear(up, name + "down", 2 * HIDDEN, HIDDEN), x), name + "norm2");
  }

  private String heads(String x) {
    String split = b.op("Reshape", x, b.longs(0, 0, HEADS, HIDDEN / HEADS));
    return b.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3)), split);
  }

  private String linear(String x, String name, long in, long out) {
    String w = b.initializer(name + ".weight", numbers(0.4, in, out));
    return b.op("Add", b.op("MatMul", x, w), b.initializer(name + ".bias", numbers(0.1, out)));
  }

  private String adapter(String x, String name) {
    String a = trained(name + ".A", numbers(0.5, HIDDEN, RANK), HIDDEN, "r");
    String c = trained(name + ".B", numbers(0.5, RANK, HIDDEN), "r", HIDDEN);
    return b.op("Mul", b.op("MatMul", b.op("MatMul", x, a), c), b.scalar(type, 0.5));
  }

  private String norm(String x, String name) {
    String gamma = b.initializer(name + ".gamma", numbers(1, HIDDEN));
    String beta = b.initializer(name + ".beta", numbers(0.1, HIDDEN));
    return b.op(OpId.onnx("LayerNormalization"), Map.of(), List.of(x, gamma, beta), 1).get(0);
  }

  private String pool(String x, String mask) {
    String wide = b.op("Unsqueeze", mask, b.longs(2));
    Map<String, Attribute> drop = Map.of("keepdims", Attribute.of(0));
    String sum = b.op("ReduceSum", drop, b.op("Mul", x, wide), b.longs(1));
    return b.op("Div", sum, b.op("ReduceSum", drop, wide, b.longs(1)));
  }

  private String crossEntropy(String pooled, String labels) {
    String w = trained("head.weight", numbers(0.5, LABELS, HIDDEN), LABELS, HIDDEN);
    String bias = trained("head.bias", numbers(0.5, LABELS), LABELS);
    Map<String, Attribute> transposed = Map.of("transB", Attribute.of(1));
    String logits = b.op("Gemm", transposed, pooled, w, bias);
    String log = b.op("LogSoftmax", logits);
    String picked =
        b.op(
            "GatherElements",
            Map.of("axis", Attribute.of(1)),
            log,
            b.op("Unsqueeze", labels, b.longs(1)));
    return b.op("Neg", b.op("ReduceMean", Map.of("keepdims", Attribute.of(0)), picked));
  }

  private String data(String name, long batch, String batchName, long length, String lengthName) {
    feeds.put(name, numbers(1, batch, length, HIDDEN));
    return b.input(name, type, batchName, lengthName, HIDDEN);
  }

  private String trained(String name, Tensor value, Object... dims) {
    trainable.add(name);
    feeds.put(name, value);
    return b.input(name, type, dims);
  }

  private Tensor numbers(double deviation, long... dims) {
    double[] values = new double[(int) Arrays.stream(dims).reduce(1, (a, c) -> a * c)];
    Arrays.setAll(values, i -> (float) (deviation * random.nextGaussian()));
    return GradientCheck.tensor(type, Arrays.stream(dims).boxed().toList(), values);
  }
}
