package dev.graft.testmodels;

import static java.util.Map.entry;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Builds a BERT-like encoder. What exporters do alike is here; how each of them spells a linear
 * layer, a normalisation or a mask is in the subclasses.
 */
abstract class EncoderWriter {
  static final int HIDDEN = 32;
  static final int HEADS = 4;
  static final int INTERMEDIATE = 64;
  static final int LAYERS = 2;
  static final int POSITIONS = 64;
  private static final int SEGMENTS = 2;
  private static final float EPSILON = 1e-12f;

  final GraphBuilder graph = new GraphBuilder("main_graph");
  private final Random random;
  private final int vocabularySize;

  EncoderWriter(long seed, int vocabularySize) {
    this.random = new Random(seed);
    this.vocabularySize = vocabularySize;
  }

  /** The opset whose spelling the subclass uses. */
  abstract long opset();

  abstract String producer();

  /** {@code x [.., in]} to {@code [.., out]}, with weight and bias named after {@code module}. */
  abstract String linear(String module, String x, int in, int out);

  abstract String layerNorm(String module, String x, float epsilon);

  abstract String gelu(String x);

  /** {@code attention_mask [B, T]} to what is added to the scores {@code [B, 1, 1, T]}. */
  abstract String maskBias(String attentionMask);

  abstract String unsqueeze(String x, long... axes);

  final Model build() {
    String ids = graph.input("input_ids", ElementType.INT64, "batch_size", "sequence_length");
    String mask = graph.input("attention_mask", ElementType.INT64, "batch_size", "sequence_length");
    String types =
        graph.input("token_type_ids", ElementType.INT64, "batch_size", "sequence_length");
    String x = embeddings(ids, types);
    String bias = maskBias(mask);
    for (int layer = 0; layer < LAYERS; layer++) {
      x = layer("encoder.layer." + layer, x, bias);
    }
    graph.output(
        x,
        "last_hidden_state",
        TensorType.of(ElementType.FLOAT, "batch_size", "sequence_length", (long) HIDDEN));
    String first = graph.op("Gather", Map.of("axis", Attribute.of(1)), x, indexOfFirst());
    String pooled = graph.op("Tanh", linear("pooler.dense", first, HIDDEN, HIDDEN));
    graph.output(
        pooled, "pooler_output", TensorType.of(ElementType.FLOAT, "batch_size", (long) HIDDEN));
    return new Model(
        8,
        Map.of("", opset()),
        producer(),
        "",
        graph.build(),
        Map.of(),
        Model.of(graph.build()).extras());
  }

  private String embeddings(String ids, String types) {
    String words = table("embeddings.word_embeddings.weight", vocabularySize);
    String positions = table("embeddings.position_embeddings.weight", POSITIONS);
    String segments = table("embeddings.token_type_embeddings.weight", SEGMENTS);
    String range =
        graph.initializer(
            "embeddings.position_ids",
            Tensor.longs(List.of(1L, (long) POSITIONS), counting(POSITIONS)));
    String length = graph.op("Gather", graph.op("Shape", ids), graph.scalar(ElementType.INT64, 1));
    String used = graph.op("Slice", range, graph.longs(0), unsqueeze(length, 0), graph.longs(1));
    String sum =
        graph.op("Add", graph.op("Gather", words, ids), graph.op("Gather", segments, types));
    sum = graph.op("Add", sum, graph.op("Gather", positions, used));
    return layerNorm("embeddings.LayerNorm", sum, EPSILON);
  }

  private String layer(String name, String x, String maskBias) {
    String attended = attention(name + ".attention", x, maskBias);
    String projected = linear(name + ".attention.output.dense", attended, HIDDEN, HIDDEN);
    String y =
        layerNorm(name + ".attention.output.LayerNorm", graph.op("Add", projected, x), EPSILON);
    String wide = gelu(linear(name + ".intermediate.dense", y, HIDDEN, INTERMEDIATE));
    String narrow = linear(name + ".output.dense", wide, INTERMEDIATE, HIDDEN);
    return layerNorm(name + ".output.LayerNorm", graph.op("Add", narrow, y), EPSILON);
  }

  private String attention(String name, String x, String maskBias) {
    String q = heads(linear(name + ".self.query", x, HIDDEN, HIDDEN), 0, 2, 1, 3);
    String k = heads(linear(name + ".self.key", x, HIDDEN, HIDDEN), 0, 2, 3, 1);
    String v = heads(linear(name + ".self.value", x, HIDDEN, HIDDEN), 0, 2, 1, 3);
    String scores =
        graph.op("Div", graph.op("MatMul", q, k), graph.scalar(Math.sqrt(HIDDEN / (double) HEADS)));
    String weights =
        graph.op("Softmax", Map.of("axis", Attribute.of(-1)), graph.op("Add", scores, maskBias));
    String mixed =
        graph.op(
            "Transpose",
            Map.of("perm", Attribute.ints(0, 2, 1, 3)),
            graph.op("MatMul", weights, v));
    return graph.op("Reshape", mixed, shapeLike(mixed, HIDDEN));
  }

  /** {@code [B, T, H]} to heads, transposed by {@code perm}. */
  private String heads(String x, long... perm) {
    String split = graph.op("Reshape", x, shapeLike(x, HEADS, HIDDEN / HEADS));
    return graph.op("Transpose", Map.of("perm", Attribute.ints(perm)), split);
  }

  /**
   * The shape {@code [B, T, tail..]} with batch and length read from {@code x}, as exporters do.
   */
  private String shapeLike(String x, long... tail) {
    List<String> parts = new ArrayList<>();
    for (long axis = 0; axis < 2; axis++) {
      String size =
          graph.op("Gather", graph.op("Shape", x), graph.scalar(ElementType.INT64, (double) axis));
      parts.add(unsqueeze(size, 0));
    }
    for (long size : tail) {
      parts.add(graph.longs(size));
    }
    return graph
        .op(OpId.onnx("Concat"), Map.ofEntries(entry("axis", Attribute.of(0))), parts, 1)
        .get(0);
  }

  private String indexOfFirst() {
    return graph.scalar(ElementType.INT64, 0);
  }

  private String table(String name, int rows) {
    return graph.initializer(name, gaussian(1.0, rows, HIDDEN));
  }

  /** Values of mean 0 and the given deviation; the same for the same seed and order of calls. */
  final Tensor gaussian(double deviation, long... dims) {
    int count = 1;
    List<Long> shape = new ArrayList<>();
    for (long dim : dims) {
      count *= (int) dim;
      shape.add(dim);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return Tensor.floats(shape, values);
  }

  /** Values near one, as a trained normalisation's weights are. */
  final Tensor nearOne(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (1 + 0.1 * random.nextGaussian());
    }
    return Tensor.floats(List.of((long) count), values);
  }

  private static long[] counting(int count) {
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return values;
  }
}
