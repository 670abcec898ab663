package dev.graft.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.family.RotaryPositions.Tables;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders of Llama's build: RMS normalisation before each block, rotary positions, grouped
 * queries, a gated feed-forward block. Its relatives differ in biases and in normalised queries and
 * keys.
 *
 * @param queryBias whether the projections to queries, keys and values have biases
 * @param outputBias whether the projection of what attention gives has one
 * @param innerBias whether the feed-forward block has them
 * @param normalizedHeads whether queries and keys are normalised per head
 * @param tied whether the head's weight is the embedding's
 */
record LlamaDecoder(
    ModelSizes sizes,
    RotaryPositions rotary,
    Activation activation,
    double epsilon,
    boolean queryBias,
    boolean outputBias,
    boolean innerBias,
    boolean normalizedHeads,
    boolean tied)
    implements Architecture {

  private static final int MISTRAL_KV_HEADS = 8;
  private static final int MISTRAL_WINDOW = 4096;
  private static final int QWEN_KV_HEADS = 32;
  private static final int QWEN3_HEAD_DIM = 128;

  /** Llama, and what has its {@code model_type}: SmolLM2, TinyLlama. */
  static Architecture llama(ModelConfig c) throws IOException {
    boolean bias = c.flag("attention_bias", false);
    boolean innerBias = c.flag("mlp_bias", false);
    return read(c, sizes(c, 0, 0, 2048), bias, bias, innerBias, false);
  }

  /** Mistral, as long as its sliding window is as long as its positions. */
  static Architecture mistral(ModelConfig c) throws IOException {
    ModelSizes sizes = sizes(c, MISTRAL_KV_HEADS, 0, 32 * 4096);
    Optional<Integer> given = c.optionalSize("sliding_window");
    boolean switchedOff = c.fields().has("sliding_window") && given.isEmpty();
    if (!switchedOff) {
      requireWideWindow(c, given.orElse(MISTRAL_WINDOW), sizes);
    }
    return read(c, sizes, false, false, false, false);
  }

  static Architecture qwen2(ModelConfig c) throws IOException {
    ModelSizes sizes = sizes(c, QWEN_KV_HEADS, 0, 32768);
    requireFullAttention(c, sizes);
    return read(c, sizes, true, false, false, false);
  }

  static Architecture qwen3(ModelConfig c) throws IOException {
    ModelSizes sizes = sizes(c, QWEN_KV_HEADS, QWEN3_HEAD_DIM, 32768);
    requireFullAttention(c, sizes);
    boolean bias = c.flag("attention_bias", false);
    return read(c, sizes, bias, bias, false, true);
  }

  private static ModelSizes sizes(
      ModelConfig c, int usualKvHeads, int usualHeadDim, int usualPositions)
      throws CheckpointException {
    int hidden = c.size("hidden_size");
    return new ModelSizes(
        hidden,
        c.size("intermediate_size"),
        c.size("num_hidden_layers"),
        HeadShape.read(c, hidden, usualKvHeads, usualHeadDim),
        c.size("vocab_size"),
        c.size("max_position_embeddings", usualPositions));
  }

  private static LlamaDecoder read(
      ModelConfig c,
      ModelSizes sizes,
      boolean queryBias,
      boolean outputBias,
      boolean innerBias,
      boolean normalizedHeads)
      throws IOException {
    return new LlamaDecoder(
        sizes,
        RotaryPositions.read(c, sizes.heads().headDim(), sizes.positions()),
        Activation.of(c, "hidden_act", "silu"),
        c.positive("rms_norm_eps", 1e-6),
        queryBias,
        outputBias,
        innerBias,
        normalizedHeads,
        c.flag("tie_word_embeddings", false));
  }

  /** Qwen has the window's size in its configuration always, and a switch beside it. */
  private static void requireFullAttention(ModelConfig c, ModelSizes sizes) throws IOException {
    c.ignore(Set.of("sliding_window", "max_window_layers"));
    for (JsonNode type : c.items("layer_types")) {
      if (!type.asText().equals("full_attention")) {
        throw c.refuse("layer_types", type, "full_attention in every layer");
      }
    }
    if (c.flag("use_sliding_window", false) && c.size("max_window_layers", 28) < sizes.layers()) {
      requireWideWindow(c, c.size("sliding_window", MISTRAL_WINDOW), sizes);
    }
  }

  private static void requireWideWindow(ModelConfig c, int window, ModelSizes sizes)
      throws CheckpointException {
    if (window < sizes.positions()) {
      throw c.refuse(
          "sliding_window",
          window,
          "null, or at least max_position_embeddings (%d): attention in a window is not supported"
              .formatted(sizes.positions()));
    }
  }

  @Override
  public void build(Blocks b) throws IOException {
    DecoderGraph graph = new DecoderGraph(b, sizes);
    Tables positions = Tables.of("model.rotary_emb");
    String x =
        b.embedding("model.embed_tokens", graph.inputIds(), sizes.vocabulary(), sizes.hidden());
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String name = "model.layers." + layer;
      String normal = b.rmsNorm(name + ".input_layernorm", x, sizes.hidden(), epsilon);
      x = b.op(name, "Add", x, attention(b, graph, positions, layer, normal));
      normal = b.rmsNorm(name + ".post_attention_layernorm", x, sizes.hidden(), epsilon);
      x = b.op(name, "Add", x, feedForward(b, name + ".mlp", normal));
    }
    b.rmsNorm("model.norm", x, sizes.hidden(), epsilon, DecoderGraph.LAST_HIDDEN_STATE);
    graph.finish(sizes, TiedHead.of(b, tied, "model.embed_tokens.weight", sizes));
    // The tables are as large as the configuration says, so it has to be right.
    b.weights().requireComplete();
    rotary.addTo(b.graph(), positions);
  }

  private String attention(Blocks b, DecoderGraph graph, Tables positions, int layer, String x) {
    HeadShape heads = sizes.heads();
    String name = "model.layers.%d.self_attn".formatted(layer);
    String query = project(b, name + ".q_proj", x, heads.heads());
    String key = project(b, name + ".k_proj", x, heads.kvHeads());
    String value = project(b, name + ".v_proj", x, heads.kvHeads());
    if (normalizedHeads) {
      query = b.rmsNorm(name + ".q_norm", query, heads.headDim(), epsilon);
      key = b.rmsNorm(name + ".k_norm", key, heads.headDim(), epsilon);
    }
    String mixed =
        graph.attention(
            name,
            layer,
            positions.apply(b, name, b.transpose(name, query, 0, 2, 1, 3), graph.positionIds()),
            positions.apply(b, name, b.transpose(name, key, 0, 2, 1, 3), graph.positionIds()),
            b.transpose(name, value, 0, 2, 1, 3),
            heads.scale());
    return b.linear(name + ".o_proj", mixed, heads.queryWidth(), sizes.hidden(), outputBias);
  }

  /** {@code x [B, T, H]} to {@code [B, T, count, D]}. */
  private String project(Blocks b, String module, String x, int count) {
    int headDim = sizes.heads().headDim();
    String wide = b.linear(module, x, sizes.hidden(), (long) count * headDim, queryBias);
    return b.reshape(module, wide, 0, 0, count, headDim);
  }

  private String feedForward(Blocks b, String name, String x) {
    String gate = b.linear(name + ".gate_proj", x, sizes.hidden(), sizes.inner(), innerBias);
    String up = b.linear(name + ".up_proj", x, sizes.hidden(), sizes.inner(), innerBias);
    String gated = b.op(name, "Mul", activation.apply(b, name + ".act_fn", gate), up);
    return b.linear(name + ".down_proj", gated, sizes.inner(), sizes.hidden(), innerBias);
  }
}
