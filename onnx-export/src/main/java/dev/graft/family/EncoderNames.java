package dev.graft.family;

/**
 * What an encoder calls its modules, all but the first inside of a layer.
 *
 * @param layer what stands before a layer's number
 * @param inner the product that widens a hidden state, {@code outer} the one that narrows it again
 */
record EncoderNames(
    String layer,
    String query,
    String key,
    String value,
    String attentionOutput,
    String attentionNorm,
    String inner,
    String outer,
    String outputNorm) {

  static final EncoderNames BERT =
      new EncoderNames(
          "encoder.layer.",
          ".attention.self.query",
          ".attention.self.key",
          ".attention.self.value",
          ".attention.output.dense",
          ".attention.output.LayerNorm",
          ".intermediate.dense",
          ".output.dense",
          ".output.LayerNorm");

  static final EncoderNames DISTILBERT =
      new EncoderNames(
          "transformer.layer.",
          ".attention.q_lin",
          ".attention.k_lin",
          ".attention.v_lin",
          ".attention.out_lin",
          ".sa_layer_norm",
          ".ffn.lin1",
          ".ffn.lin2",
          ".output_layer_norm");
}
