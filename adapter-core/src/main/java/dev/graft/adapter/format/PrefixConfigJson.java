package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.prefix.PrefixConfig;
import java.util.List;
import java.util.Optional;

/** {@code adapter_config.json} of a prefix, as PEFT reads and writes it. */
final class PrefixConfigJson {
  /**
   * Fields that say how the prefix was started, trained or saved, but nothing about what it
   * computes.
   */
  private static final List<String> IGNORED =
      List.of(
          "peft_type",
          "peft_version",
          "auto_mapping",
          "inference_mode",
          "init_weights",
          "encoder_hidden_size",
          "prefix_projection");

  /** The task of an encoder-decoder, for which PEFT gives both halves a prefix. */
  private static final String TWO_HALVES = "SEQ_2_SEQ_LM";

  private PrefixConfigJson() {}

  static PrefixConfig read(JsonFields fields, List<String> warnings) throws AdapterFormatException {
    IGNORED.forEach(fields::value);
    Optional<String> task = fields.text("task_type");
    requireOneHalf(fields, task);
    int heads = size(fields, "num_attention_heads");
    int tokenDim = size(fields, "token_dim");
    if (tokenDim % heads != 0) {
      throw fields.bad(
          "token_dim",
          ("%d cannot be divided among num_attention_heads %d; both count the key and value heads "
                  + "of the base, not its query heads")
              .formatted(tokenDim, heads));
    }
    try {
      PrefixConfig config =
          new PrefixConfig(
              size(fields, "num_virtual_tokens"),
              size(fields, "num_layers"),
              heads,
              tokenDim / heads,
              fields.texts("modules_to_save"),
              task,
              fields.text("base_model_name_or_path"),
              fields.text("revision"));
      fields.warnOfUnread(warnings);
      return config;
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(fields.path(), "", e);
    }
  }

  private static int size(JsonFields fields, String name) throws AdapterFormatException {
    Optional<Integer> found = fields.integer(name);
    if (found.isEmpty()) {
      throw fields.bad(
          name,
          "missing, so the prefix has no shape; expected a whole number, which PEFT takes from the "
              + "base model when it saves");
    }
    if (found.get() < 1) {
      throw fields.bad(name, "must be at least 1, found %d".formatted(found.get()));
    }
    return found.get();
  }

  private static void requireOneHalf(JsonFields fields, Optional<String> task)
      throws AdapterFormatException {
    int halves =
        fields
            .integer("num_transformer_submodules")
            .orElse(task.filter(TWO_HALVES::equals).isPresent() ? 2 : 1);
    if (halves != 1) {
      throw fields.bad(
          "num_transformer_submodules",
          "%d is not supported, expected 1; only decoders and encoders, not models of both halves"
              .formatted(halves));
    }
  }

  /**
   * The fields PEFT writes, in alphabetical order, but for those that older versions do not know
   * and that say nothing here.
   */
  static void write(PrefixConfig config, ObjectNode json) {
    json.putNull("auto_mapping");
    json.put("base_model_name_or_path", config.baseModelName().orElse(null));
    json.put("encoder_hidden_size", config.tokenDim());
    json.put("inference_mode", true);
    if (!config.modulesToSave().isEmpty()) {
      json.set("modules_to_save", Json.toNode(config.modulesToSave()));
    }
    json.put("num_attention_heads", config.kvHeads());
    json.put("num_layers", config.layers());
    json.put("num_transformer_submodules", 1);
    json.put("num_virtual_tokens", config.virtualTokens());
    json.put("peft_type", PrefixConfig.PEFT_TYPE);
    json.put("peft_version", PeftFormat.PEFT_VERSION);
    json.put("prefix_projection", false);
    json.put("revision", config.revision().orElse(null));
    json.put("task_type", config.taskType().orElse(null));
    json.put("token_dim", config.tokenDim());
  }
}
