package dev.graft.family;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import java.util.List;
import java.util.Map;

/**
 * What all decoders have in common: inputs, the mask, attention over past and new keys, the head.
 *
 * <p>Nothing reads the shape of a past input, so that a graph without past is the same graph with
 * every {@code Concat(past, x)} replaced by {@code x}.
 */
final class DecoderGraph {
  static final String LAST_HIDDEN_STATE = "last_hidden_state";

  /**
   * What is added to the score of a key that must not be seen: enough that its weight is zero, and
   * within the range of half precision. A query that sees nothing gets finite, meaningless weights.
   */
  private static final float UNSEEN = -60_000f;

  /** The number in the attention mask of keys that every query of the row sees. */
  private static final long SEEN_BY_ALL = -1;

  private static final String MASK = "mask";

  private final Blocks b;
  private final HeadShape heads;
  private final String mask;
  private final String groupedScores;
  private final String joinedScores;

  /** Declares the inputs and computes what all layers share. */
  DecoderGraph(Blocks b, ModelSizes sizes) {
    this.b = b;
    this.heads = sizes.heads();
    String ids = b.idInput("input_ids", "batch", "tokens");
    String attentionMask = b.idInput("attention_mask", "batch", "total");
    b.idInput("position_ids", "batch", "tokens");
    for (int layer = 0; layer < sizes.layers(); layer++) {
      for (String kind : List.of("key", "value")) {
        b.graph()
            .input(
                "past_key_values.%d.%s".formatted(layer, kind),
                ElementType.FLOAT,
                "batch",
                heads.kvHeads(),
                "past",
                heads.headDim());
      }
    }
    String tokens = size(ids);
    String total = size(attentionMask);
    this.mask = additive(attentionMask, tokens, total);
    this.groupedScores = shape(b.graph().longs(0, heads.kvHeads(), heads.groups()), tokens, total);
    this.joinedScores = shape(b.graph().longs(0, heads.kvHeads(), -1), total);
  }

  String inputIds() {
    return "input_ids";
  }

  String positionIds() {
    return "position_ids";
  }

  /** The size of axis 1, as a vector of one number. */
  private String size(String x) {
    return b.op(MASK, "Shape", Map.of("start", Attribute.of(1), "end", Attribute.of(2)), x);
  }

  private String shape(String... parts) {
    return b.op(MASK, "Concat", Map.of("axis", Attribute.of(0)), parts);
  }

  /**
   * What is added to the scores, {@code [B, 1, 1, T, S]}: 0 where a query sees a key, else {@link
   * #UNSEEN}. A key is seen by queries that are not before it and have its number in the mask, or
   * by all that are not before it if its number is -1; a key whose number is 0 is seen by none.
   * Queries are the last {@code T} of the {@code S} columns.
   */
  private String additive(String attentionMask, String tokens, String total) {
    GraphBuilder g = b.graph();
    String past = b.op(MASK, "Sub", total, tokens);
    String key = b.op(MASK, "Unsqueeze", attentionMask, g.longs(1));
    String query = b.op(MASK, "Unsqueeze", last(attentionMask, past, 1), g.longs(2));
    String related =
        b.op(
            MASK,
            "Or",
            b.op(MASK, "Equal", key, query),
            b.op(MASK, "Equal", key, g.scalar(ElementType.INT64, SEEN_BY_ALL)));
    String hole = b.op(MASK, "Equal", key, g.scalar(ElementType.INT64, 0));
    String visible = b.op(MASK, "And", related, b.op(MASK, "Not", hole));
    String columns =
        b.op(
            MASK,
            "Range",
            g.scalar(ElementType.INT64, 0),
            b.op(MASK, "Squeeze", total, g.longs(0)),
            g.scalar(ElementType.INT64, 1));
    String rows = b.op(MASK, "Unsqueeze", last(columns, past, 0), g.longs(1));
    String seen = b.op(MASK, "And", visible, b.op(MASK, "LessOrEqual", columns, rows));
    String bias = b.op(MASK, "Where", seen, g.scalar(0), g.scalar(UNSEEN));
    return b.op(MASK, "Unsqueeze", bias, g.longs(1, 2));
  }

  private String last(String x, String from, long axis) {
    GraphBuilder g = b.graph();
    return b.op(MASK, "Slice", x, from, g.longs(Long.MAX_VALUE), g.longs(axis));
  }

  /**
   * Causal attention over the past and the new keys and values, which become outputs.
   *
   * @param query {@code [B, N, T, D]}
   * @param key {@code [B, K, T, D]}, as is the value
   * @return {@code [B, T, N * D]}
   */
  String attention(String module, int layer, String query, String key, String value, double scale) {
    int kv = heads.kvHeads();
    String keys = withPast(module, layer, "key", key);
    String values = withPast(module, layer, "value", value);
    String grouped = b.reshape(module, query, 0, kv, -1, heads.headDim());
    String scores = b.op(module, "Reshape", b.scores(module, grouped, keys, scale), groupedScores);
    String weights = b.softmax(module, b.op(module, "Add", scores, mask));
    String joined = b.op(module, "Reshape", weights, joinedScores);
    String mixed = b.op(module, "MatMul", joined, values);
    String split = b.reshape(module, mixed, 0, heads.heads(), -1, heads.headDim());
    return b.joinHeads(module, split, heads.heads(), heads.headDim());
  }

  private String withPast(String module, int layer, String kind, String x) {
    return b.named(
        "present.%d.%s".formatted(layer, kind),
        module,
        "Concat",
        Map.of("axis", Attribute.of(2)),
        "past_key_values.%d.%s".formatted(layer, kind),
        x);
  }

  /**
   * The logits of {@link #LAST_HIDDEN_STATE}, and the outputs.
   *
   * @param head the weight {@code [vocabulary, H]}
   */
  void finish(ModelSizes sizes, String head) {
    b.namedProduct("logits", "lm_head", LAST_HIDDEN_STATE, head);
    b.output("logits", "batch", "tokens", sizes.vocabulary());
    for (int layer = 0; layer < sizes.layers(); layer++) {
      for (String kind : List.of("key", "value")) {
        b.output(
            "present.%d.%s".formatted(layer, kind),
            "batch",
            heads.kvHeads(),
            "total",
            heads.headDim());
      }
    }
  }
}
