package dev.graft.family;

import java.io.IOException;
import java.util.List;

/**
 * GPT-2: learned positions, one projection to queries, keys and values, weights {@code [in, out]}.
 *
 * @param scaled whether scores are divided by the root of the head's size
 * @param scaledByLayer whether they are divided by the layer's number, from 1, too
 * @param tied whether the head's weight is the embedding's
 */
record Gpt2Decoder(
    ModelSizes sizes,
    Activation activation,
    double epsilon,
    boolean scaled,
    boolean scaledByLayer,
    boolean tied)
    implements Architecture {

  static Architecture read(ModelConfig c) throws IOException {
    int hidden = c.size("n_embd");
    ModelSizes sizes =
        new ModelSizes(
            hidden,
            c.size("n_inner", Math.multiplyExact(4, hidden)),
            c.size("n_layer"),
            HeadShape.even(c, "n_embd", "n_head"),
            c.size("vocab_size"),
            c.size("n_positions", 1024));
    c.require("add_cross_attention", false);
    return new Gpt2Decoder(
        sizes,
        Activation.of(c, "activation_function", "gelu_new"),
        c.positive("layer_norm_epsilon", 1e-5),
        c.flag("scale_attn_weights", true),
        c.flag("scale_attn_by_inverse_layer_idx", false),
        c.flag("tie_word_embeddings", true));
  }

  @Override
  public void build(Blocks b) throws IOException {
    DecoderGraph graph = new DecoderGraph(b, sizes);
    int hidden = sizes.hidden();
    String words = b.embedding("transformer.wte", graph.inputIds(), sizes.vocabulary(), hidden);
    String places = b.embedding("transformer.wpe", graph.positionIds(), sizes.positions(), hidden);
    String x = b.op("transformer", "Add", words, places);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String name = "transformer.h." + layer;
      String normal = b.layerNorm(name + ".ln_1", x, hidden, epsilon);
      x = b.op(name, "Add", attention(b, graph, layer, normal), x);
      normal = b.layerNorm(name + ".ln_2", x, hidden, epsilon);
      x = b.op(name, "Add", x, feedForward(b, name + ".mlp", normal));
    }
    b.layerNorm("transformer.ln_f", x, hidden, epsilon, DecoderGraph.LAST_HIDDEN_STATE);
    graph.finish(sizes, TiedHead.of(b, tied, "transformer.wte.weight", sizes));
  }

  private String attention(Blocks b, DecoderGraph graph, int layer, String x) {
    HeadShape heads = sizes.heads();
    String name = "transformer.h.%d.attn".formatted(layer);
    long hidden = sizes.hidden();
    List<String> parts = b.split(name, b.conv1d(name + ".c_attn", x, hidden, 3 * hidden), 3);
    List<String> split =
        parts.stream().map(p -> b.splitHeads(name, p, heads.heads(), heads.headDim())).toList();
    double scale = (scaled ? heads.scale() : 1) / (scaledByLayer ? layer + 1 : 1);
    String mixed = graph.attention(name, layer, split.get(0), split.get(1), split.get(2), scale);
    return b.conv1d(name + ".c_proj", mixed, hidden, hidden);
  }

  private String feedForward(Blocks b, String name, String x) {
    String wide = b.conv1d(name + ".c_fc", x, sizes.hidden(), sizes.inner());
    return b.conv1d(
        name + ".c_proj", activation.apply(b, name + ".act", wide), sizes.inner(), sizes.hidden());
  }
}
