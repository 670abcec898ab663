package dev.graft.testmodels;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The configurations of {@link TinyCheckpoints}, as Transformers writes them. */
final class TinyConfigs {
  static final int HIDDEN = 32;
  static final int INNER = 48;
  static final int LAYERS = 2;
  static final int HEADS = 4;
  static final int KV_HEADS = 2;
  static final int POSITIONS = 64;

  private TinyConfigs() {}

  static ObjectNode of(String modelType) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("model_type", modelType);
    switch (modelType) {
      case "llama" -> {
        gated(config, "LlamaForCausalLM").put("attention_bias", false).put("mlp_bias", false);
        config.put("rope_theta", 10000.0).putNull("rope_scaling");
        config.put("tie_word_embeddings", true).put("torch_dtype", "float32");
      }
      case "mistral" -> {
        gated(config, "MistralForCausalLM").put("head_dim", 8).putNull("sliding_window");
        config.put("rope_theta", 10000.0).put("tie_word_embeddings", false);
      }
      case "qwen2" -> {
        gated(config, "Qwen2ForCausalLM").put("use_sliding_window", false);
        config.put("sliding_window", 32).put("max_window_layers", 1).put("dtype", "float32");
        parameters(config, 1_000_000).put("tie_word_embeddings", true);
      }
      case "qwen3" -> {
        gated(config, "Qwen3ForCausalLM").put("head_dim", 16).put("attention_bias", false);
        config.put("use_sliding_window", false).putNull("sliding_window");
        parameters(config, 1_000_000).put("tie_word_embeddings", false);
      }
      case "gpt2" -> gpt2(config);
      case "bert", "roberta" -> bert(config, modelType.equals("bert"));
      case "distilbert" -> distilbert(config);
      default -> throw new IllegalArgumentException("no tiny '%s'".formatted(modelType));
    }
    return config;
  }

  private static ObjectNode gated(ObjectNode config, String architecture) {
    config.putArray("architectures").add(architecture);
    return config
        .put("vocab_size", TinyByteTokenizer.bytesOnlySize())
        .put("hidden_size", HIDDEN)
        .put("intermediate_size", INNER)
        .put("num_hidden_layers", LAYERS)
        .put("num_attention_heads", HEADS)
        .put("num_key_value_heads", KV_HEADS)
        .put("max_position_embeddings", POSITIONS)
        .put("hidden_act", "silu")
        .put("rms_norm_eps", 1e-6)
        .put("initializer_range", 0.02)
        .put("use_cache", true)
        .put("bos_token_id", 1)
        .put("eos_token_id", 2);
  }

  private static ObjectNode parameters(ObjectNode config, double theta) {
    config.putObject("rope_parameters").put("rope_theta", theta).put("rope_type", "default");
    return config;
  }

  private static void gpt2(ObjectNode config) {
    config.putArray("architectures").add("GPT2LMHeadModel");
    config
        .put("vocab_size", TinyByteTokenizer.bytesOnlySize())
        .put("n_embd", HIDDEN)
        .put("n_layer", LAYERS)
        .put("n_head", HEADS)
        .put("n_positions", POSITIONS)
        .put("n_ctx", POSITIONS)
        .put("activation_function", "gelu_new")
        .put("layer_norm_epsilon", 1e-5)
        .put("bos_token_id", 0)
        .put("eos_token_id", 0);
  }

  private static void bert(ObjectNode config, boolean bert) {
    config.putArray("architectures").add(bert ? "BertModel" : "RobertaModel");
    config
        .put("vocab_size", TinyTokenizer.vocabulary().size())
        .put("hidden_size", HIDDEN)
        .put("intermediate_size", INNER)
        .put("num_hidden_layers", LAYERS)
        .put("num_attention_heads", HEADS)
        .put("max_position_embeddings", bert ? POSITIONS : POSITIONS + 2)
        .put("type_vocab_size", bert ? 2 : 1)
        .put("hidden_act", "gelu")
        .put("layer_norm_eps", bert ? 1e-12 : 1e-5)
        .put("pad_token_id", bert ? 0 : 1)
        .put("position_embedding_type", "absolute");
  }

  private static void distilbert(ObjectNode config) {
    config.putArray("architectures").add("DistilBertModel");
    config
        .put("vocab_size", TinyTokenizer.vocabulary().size())
        .put("dim", HIDDEN)
        .put("hidden_dim", INNER)
        .put("n_layers", LAYERS)
        .put("n_heads", HEADS)
        .put("max_position_embeddings", POSITIONS)
        .put("activation", "gelu")
        .put("sinusoidal_pos_embds", false)
        .put("pad_token_id", 0);
  }
}
