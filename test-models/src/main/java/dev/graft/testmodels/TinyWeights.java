package dev.graft.testmodels;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.FloatTensor;
import java.util.Arrays;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Random weights of the shapes that a configuration asks for, by the names of its family. */
final class TinyWeights {
  private final ObjectNode config;
  private final Random random;
  private final SortedMap<String, FloatTensor> tensors = new TreeMap<>();

  TinyWeights(ObjectNode config, long seed) {
    this.config = config;
    this.random = new Random(seed);
  }

  SortedMap<String, FloatTensor> make() {
    switch (config.path("model_type").asText()) {
      case "gpt2" -> gpt2();
      case "bert", "roberta" -> bert();
      case "distilbert" -> distilbert();
      default -> gated();
    }
    return tensors;
  }

  private int size(String field) {
    return config.path(field).asInt();
  }

  private boolean flag(String field) {
    return config.path(field).asBoolean();
  }

  private void gated() {
    String family = config.path("model_type").asText();
    int hidden = size("hidden_size");
    int inner = size("intermediate_size");
    int heads = size("num_attention_heads");
    int head = config.path("head_dim").asInt(hidden / heads);
    int keys = size("num_key_value_heads") * head;
    boolean bias = family.equals("qwen2") || flag("attention_bias");
    table("model.embed_tokens", size("vocab_size"), hidden);
    for (int layer = 0; layer < size("num_hidden_layers"); layer++) {
      String name = "model.layers." + layer;
      linear(name + ".self_attn.q_proj", heads * head, hidden, bias);
      linear(name + ".self_attn.k_proj", keys, hidden, bias);
      linear(name + ".self_attn.v_proj", keys, hidden, bias);
      linear(name + ".self_attn.o_proj", hidden, heads * head, flag("attention_bias"));
      if (family.equals("qwen3")) {
        gain(name + ".self_attn.q_norm", head);
        gain(name + ".self_attn.k_norm", head);
      }
      linear(name + ".mlp.gate_proj", inner, hidden, flag("mlp_bias"));
      linear(name + ".mlp.up_proj", inner, hidden, flag("mlp_bias"));
      linear(name + ".mlp.down_proj", hidden, inner, flag("mlp_bias"));
      gain(name + ".input_layernorm", hidden);
      gain(name + ".post_attention_layernorm", hidden);
    }
    gain("model.norm", hidden);
    if (!flag("tie_word_embeddings")) {
      linear("lm_head", size("vocab_size"), hidden, false);
    }
  }

  private void gpt2() {
    int hidden = size("n_embd");
    table("transformer.wte", size("vocab_size"), hidden);
    table("transformer.wpe", size("n_positions"), hidden);
    for (int layer = 0; layer < size("n_layer"); layer++) {
      String name = "transformer.h." + layer;
      norm(name + ".ln_1", hidden);
      conv1d(name + ".attn.c_attn", hidden, 3 * hidden);
      conv1d(name + ".attn.c_proj", hidden, hidden);
      norm(name + ".ln_2", hidden);
      conv1d(name + ".mlp.c_fc", hidden, 4 * hidden);
      conv1d(name + ".mlp.c_proj", 4 * hidden, hidden);
    }
    norm("transformer.ln_f", hidden);
  }

  private void bert() {
    int hidden = size("hidden_size");
    String base = hasHead() ? config.path("model_type").asText() + "." : "";
    table(base + "embeddings.word_embeddings", size("vocab_size"), hidden);
    table(base + "embeddings.position_embeddings", size("max_position_embeddings"), hidden);
    table(base + "embeddings.token_type_embeddings", size("type_vocab_size"), hidden);
    norm(base + "embeddings.LayerNorm", hidden);
    for (int layer = 0; layer < size("num_hidden_layers"); layer++) {
      String name = base + "encoder.layer." + layer;
      for (String part : new String[] {"query", "key", "value"}) {
        linear(name + ".attention.self." + part, hidden, hidden, true);
      }
      linear(name + ".attention.output.dense", hidden, hidden, true);
      norm(name + ".attention.output.LayerNorm", hidden);
      linear(name + ".intermediate.dense", size("intermediate_size"), hidden, true);
      linear(name + ".output.dense", hidden, size("intermediate_size"), true);
      norm(name + ".output.LayerNorm", hidden);
    }
    boolean bert = config.path("model_type").asText().equals("bert");
    if (bert || !hasHead()) {
      linear(base + "pooler.dense", hidden, hidden, true);
    }
    if (hasHead()) {
      if (!bert) {
        linear("classifier.dense", hidden, hidden, true);
      }
      linear(bert ? "classifier" : "classifier.out_proj", size("num_labels"), hidden, true);
    }
  }

  private void distilbert() {
    int hidden = size("dim");
    String base = hasHead() ? "distilbert." : "";
    table(base + "embeddings.word_embeddings", size("vocab_size"), hidden);
    table(base + "embeddings.position_embeddings", size("max_position_embeddings"), hidden);
    norm(base + "embeddings.LayerNorm", hidden);
    for (int layer = 0; layer < size("n_layers"); layer++) {
      String name = base + "transformer.layer." + layer;
      for (String part : new String[] {"q_lin", "k_lin", "v_lin", "out_lin"}) {
        linear(name + ".attention." + part, hidden, hidden, true);
      }
      norm(name + ".sa_layer_norm", hidden);
      linear(name + ".ffn.lin1", size("hidden_dim"), hidden, true);
      linear(name + ".ffn.lin2", hidden, size("hidden_dim"), true);
      norm(name + ".output_layer_norm", hidden);
    }
    if (hasHead()) {
      linear("pre_classifier", hidden, hidden, true);
      linear("classifier", size("num_labels"), hidden, true);
    }
  }

  /** Encoders get a classification head with {@code num_labels}. */
  private boolean hasHead() {
    return config.has("num_labels");
  }

  private void table(String module, int rows, int columns) {
    tensors.put(module + ".weight", random(0, 0.5, rows, columns));
  }

  private void linear(String module, int out, int in, boolean bias) {
    tensors.put(module + ".weight", random(0, 1 / Math.sqrt(in), out, in));
    if (bias) {
      tensors.put(module + ".bias", random(0, 0.1, out));
    }
  }

  private void conv1d(String module, int in, int out) {
    tensors.put(module + ".weight", random(0, 1 / Math.sqrt(in), in, out));
    tensors.put(module + ".bias", random(0, 0.1, out));
  }

  private void norm(String module, int size) {
    gain(module, size);
    tensors.put(module + ".bias", random(0, 0.1, size));
  }

  private void gain(String module, int size) {
    tensors.put(module + ".weight", random(1, 0.1, size));
  }

  private FloatTensor random(double mean, double deviation, int... dims) {
    float[] values = new float[Arrays.stream(dims).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return FloatTensor.wrap(Arrays.stream(dims).mapToObj(d -> (long) d).toList(), values);
  }
}
