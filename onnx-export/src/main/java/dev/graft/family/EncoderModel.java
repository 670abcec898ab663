package dev.graft.family;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import java.io.IOException;
import java.util.Map;

/**
 * Encoders of BERT's build: normalisation after each block, learned positions, every token sees all
 * others. BERT, RoBERTa and DistilBERT differ in names and in how a token's place and segment
 * enter.
 *
 * @param segments rows of the table of segments, 0 where there is none
 * @param segmentInput whether segments are an input; without it every token is of segment 0
 * @param padding the token by which RoBERTa counts positions: they begin after it, and tokens that
 *     are it have none; -1 where positions are columns
 */
record EncoderModel(
    ModelSizes sizes,
    EncoderNames names,
    Activation activation,
    double epsilon,
    int positionRows,
    int segments,
    boolean segmentInput,
    int padding)
    implements Architecture {

  private static final String HIDDEN_STATE = "last_hidden_state";

  /** The pooler's output, where the checkpoint has a pooler. */
  static final String POOLED = "pooler_output";

  private static final String EMBEDDINGS = "embeddings";

  /** What is added to the score of a key that must not be seen; see {@link DecoderGraph}. */
  private static final float UNSEEN = -60_000f;

  static Architecture bert(ModelConfig c) throws IOException {
    int rows = c.size("max_position_embeddings", 512);
    return bertLike(c, rows, rows, true, -1);
  }

  /** Positions begin after the padding token's number, so that many rows are never used. */
  static Architecture roberta(ModelConfig c) throws IOException {
    int rows = c.size("max_position_embeddings", 512);
    long padding = ModelConfig.tokenIds(c.fields(), "pad_token_id").stream().findFirst().orElse(1L);
    if (padding + 1 >= rows) {
      throw c.refuse(
          "max_position_embeddings", rows, "more than pad_token_id + 1, %d".formatted(padding + 1));
    }
    int unused = (int) padding + 1;
    return bertLike(c, rows, rows - unused, false, (int) padding);
  }

  private static Architecture bertLike(
      ModelConfig c, int rows, int positions, boolean segmentInput, int padding)
      throws IOException {
    c.require("position_embedding_type", "absolute");
    c.require("is_decoder", false);
    c.require("add_cross_attention", false);
    HeadShape heads = HeadShape.even(c, "hidden_size", "num_attention_heads");
    ModelSizes sizes =
        new ModelSizes(
            c.size("hidden_size"),
            c.size("intermediate_size"),
            c.size("num_hidden_layers"),
            heads,
            c.size("vocab_size"),
            positions);
    return new EncoderModel(
        sizes,
        EncoderNames.BERT,
        Activation.of(c, "hidden_act", "gelu"),
        c.positive("layer_norm_eps", 1e-12),
        rows,
        c.size("type_vocab_size", 2),
        segmentInput,
        padding);
  }

  static Architecture distilbert(ModelConfig c) throws IOException {
    int positions = c.size("max_position_embeddings", 512);
    ModelSizes sizes =
        new ModelSizes(
            c.size("dim"),
            c.size("hidden_dim"),
            c.size("n_layers"),
            HeadShape.even(c, "dim", "n_heads"),
            c.size("vocab_size"),
            positions);
    return new EncoderModel(
        sizes,
        EncoderNames.DISTILBERT,
        Activation.of(c, "activation", "gelu"),
        1e-12,
        positions,
        0,
        false,
        -1);
  }

  @Override
  public void build(Blocks b) {
    String ids = b.idInput("input_ids", "batch", "tokens");
    String mask = additive(b, b.idInput("attention_mask", "batch", "tokens"));
    String x = embeddings(b, ids);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String result = layer == sizes.layers() - 1 ? HIDDEN_STATE : "";
      x = layer(b, names.layer() + layer, x, mask, result);
    }
    b.output(HIDDEN_STATE, "batch", "tokens", sizes.hidden());
    if (b.weights().has("pooler.dense.weight")) {
      pooler(b);
    }
  }

  /** {@code [B, T]} of zeros and others to what is added to the scores, {@code [B, 1, 1, T]}. */
  private static String additive(Blocks b, String attentionMask) {
    GraphBuilder g = b.graph();
    Map<String, Attribute> toBool = Map.of("to", Attribute.of(ElementType.BOOL.number()));
    String seen = b.op("mask", "Cast", toBool, attentionMask);
    String bias = b.op("mask", "Where", seen, g.scalar(0), g.scalar(UNSEEN));
    return b.op("mask", "Unsqueeze", bias, g.longs(1, 2));
  }

  private String embeddings(Blocks b, String ids) {
    String sum =
        b.embedding(EMBEDDINGS + ".word_embeddings", ids, sizes.vocabulary(), sizes.hidden());
    if (segments > 0) {
      String types =
          segmentInput
              ? b.idInput("token_type_ids", "batch", "tokens")
              : b.graph().scalar(ElementType.INT64, 0);
      sum =
          b.op(
              EMBEDDINGS,
              "Add",
              sum,
              b.embedding(EMBEDDINGS + ".token_type_embeddings", types, segments, sizes.hidden()));
    }
    String places =
        b.embedding(
            EMBEDDINGS + ".position_embeddings",
            padding < 0 ? columns(b, ids) : counted(b, ids),
            positionRows,
            sizes.hidden());
    sum = b.op(EMBEDDINGS, "Add", sum, places);
    return b.layerNorm(EMBEDDINGS + ".LayerNorm", sum, sizes.hidden(), epsilon);
  }

  /** {@code 0 .. T-1}. */
  private static String columns(Blocks b, String ids) {
    GraphBuilder g = b.graph();
    String tokens =
        b.op(
            EMBEDDINGS,
            "Squeeze",
            b.op(
                EMBEDDINGS, "Shape", Map.of("start", Attribute.of(1), "end", Attribute.of(2)), ids),
            g.longs(0));
    return b.op(
        EMBEDDINGS,
        "Range",
        g.scalar(ElementType.INT64, 0),
        tokens,
        g.scalar(ElementType.INT64, 1));
  }

  /** Tokens other than padding count from {@code padding + 1}, padding is at {@code padding}. */
  private String counted(Blocks b, String ids) {
    GraphBuilder g = b.graph();
    String pad = g.scalar(ElementType.INT64, padding);
    String isText = b.op(EMBEDDINGS, "Not", b.op(EMBEDDINGS, "Equal", ids, pad));
    String ones =
        b.op(EMBEDDINGS, "Cast", Map.of("to", Attribute.of(ElementType.INT64.number())), isText);
    String count = b.op(EMBEDDINGS, "CumSum", ones, g.scalar(ElementType.INT64, 1));
    return b.op(EMBEDDINGS, "Add", b.op(EMBEDDINGS, "Mul", count, ones), pad);
  }

  private String layer(Blocks b, String name, String x, String mask, String result) {
    int hidden = sizes.hidden();
    String attended = attention(b, name, x, mask);
    String y =
        b.layerNorm(name + names.attentionNorm(), b.op(name, "Add", attended, x), hidden, epsilon);
    String wide = b.linear(name + names.inner(), y, hidden, sizes.inner(), true);
    wide = activation.apply(b, name + names.inner(), wide);
    String narrow = b.linear(name + names.outer(), wide, sizes.inner(), hidden, true);
    String sum = b.op(name, "Add", narrow, y);
    String norm = name + names.outputNorm();
    return result.isEmpty()
        ? b.layerNorm(norm, sum, hidden, epsilon)
        : b.layerNorm(norm, sum, hidden, epsilon, result);
  }

  private String attention(Blocks b, String name, String x, String mask) {
    HeadShape heads = sizes.heads();
    String scope = name + ".attention";
    String query = project(b, name + names.query(), x);
    String key = project(b, name + names.key(), x);
    String value = project(b, name + names.value(), x);
    String scores = b.op(scope, "Add", b.scores(scope, query, key, heads.scale()), mask);
    String mixed = b.op(scope, "MatMul", b.softmax(scope, scores), value);
    String joined = b.joinHeads(scope, mixed, heads.heads(), heads.headDim());
    return b.linear(name + names.attentionOutput(), joined, sizes.hidden(), sizes.hidden(), true);
  }

  private String project(Blocks b, String module, String x) {
    HeadShape heads = sizes.heads();
    return b.splitHeads(
        module,
        b.linear(module, x, sizes.hidden(), sizes.hidden(), true),
        heads.heads(),
        heads.headDim());
  }

  private void pooler(Blocks b) {
    String first =
        b.op(
            "pooler",
            "Gather",
            Map.of("axis", Attribute.of(1)),
            HIDDEN_STATE,
            b.graph().scalar(ElementType.INT64, 0));
    String dense = b.linear("pooler.dense", first, sizes.hidden(), sizes.hidden(), true);
    b.named(POOLED, "pooler", "Tanh", Map.of(), dense);
    b.output(POOLED, "batch", sizes.hidden());
  }
}
