package dev.graft.testmodels;

import java.util.List;

/**
 * Hugging Face checkpoint directories of every model family, of two layers and 32 hidden units with
 * random weights: {@code config.json}, weights as safetensors, {@code tokenizer.json}, and for
 * decoders {@code generation_config.json}, {@code tokenizer_config.json} and {@code
 * chat_template.jinja}. The same options give the same bytes everywhere.
 */
public final class TinyCheckpoints {
  /** The decoders, by {@code model_type}. */
  public static final List<String> DECODERS = List.of("llama", "mistral", "qwen2", "qwen3", "gpt2");

  /** The encoders, by {@code model_type}. */
  public static final List<String> ENCODERS = List.of("bert", "roberta", "distilbert");

  private TinyCheckpoints() {}

  /** A checkpoint of a family, which options may change before it is written. */
  public static TinyCheckpoint of(String modelType) {
    return new TinyCheckpoint(modelType);
  }
}
