package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code adapter_config.json} of a LoRA adapter, as PEFT 0.19.1 reads and writes it. */
final class LoraConfigJson {
  /**
   * Fields that change the mathematics in a way Graft does not follow, with what to do about it.
   */
  private static final Map<String, String> UNSUPPORTED =
      Map.ofEntries(
          Map.entry("use_dora", "train without DoRA"),
          Map.entry("lora_bias", "train without a bias in lora_B"),
          Map.entry("layer_replication", "train without replicated layers"),
          Map.entry("target_parameters", "name modules in target_modules instead"),
          Map.entry("trainable_token_indices", "train without trainable tokens"),
          Map.entry("use_qalora", "train without QA-LoRA"),
          Map.entry("use_bdlora", "train without block-diagonal LoRA"),
          Map.entry("alora_invocation_tokens", "train without activated LoRA"),
          Map.entry("arrow_config", "use the adapters one by one"),
          Map.entry("velora_config", "train without VeLoRA"),
          Map.entry("monteclora_config", "train without MonteCLoRA"),
          Map.entry("kasa_config", "train without KaSA"),
          Map.entry("megatron_config", "convert the adapter from Megatron's layers first"));

  /**
   * Fields that say how the adapter was started, trained or saved, but nothing about what it
   * computes.
   */
  private static final List<String> IGNORED =
      List.of(
          "peft_type",
          "peft_version",
          "auto_mapping",
          "inference_mode",
          "runtime_config",
          "loftq_config",
          "eva_config",
          "corda_config",
          "lora_ga_config",
          "qalora_group_size",
          "megatron_core",
          "ensure_weight_tying");

  private LoraConfigJson() {}

  static LoraConfig read(JsonFields fields, List<String> warnings) throws AdapterFormatException {
    refuseUnsupported(fields);
    IGNORED.forEach(fields::value);
    try {
      LoraConfig config =
          LoraConfig.builder()
              .rank(fields.integer("r").orElse(LoraConfig.DEFAULT_RANK))
              .alpha(fields.number("lora_alpha").orElse((double) LoraConfig.DEFAULT_RANK))
              .dropout(fields.number("lora_dropout").orElse(0.0))
              .targets(modules(fields, "target_modules"))
              .excludeModules(modules(fields, "exclude_modules"))
              .layersToTransform(fields.integers("layers_to_transform"))
              .layersPattern(layersPattern(fields))
              .rankPattern(fields.integerMap("rank_pattern"))
              .alphaPattern(fields.numberMap("alpha_pattern"))
              .useRslora(fields.flag("use_rslora", false))
              .fanInFanOut(fields.flag("fan_in_fan_out", false))
              .modulesToSave(fields.texts("modules_to_save"))
              .taskType(fields.text("task_type").orElse(null))
              .baseModelName(fields.text("base_model_name_or_path").orElse(null))
              .revision(fields.text("revision").orElse(null))
              .init(init(fields, warnings))
              .build();
      fields.warnOfUnread(warnings);
      return config;
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(fields.path(), "", e);
    }
  }

  private static void refuseUnsupported(JsonFields fields) throws AdapterFormatException {
    for (String name : UNSUPPORTED.keySet().stream().sorted().toList()) {
      Optional<JsonNode> value = fields.value(name).filter(node -> !JsonFields.isOff(node));
      if (value.isPresent()) {
        throw fields.bad(
            name, "%s is not supported; %s".formatted(value.get(), UNSUPPORTED.get(name)));
      }
    }
    String bias = fields.text("bias").orElse("none");
    if (!bias.equals("none")) {
      throw fields.bad(
          "bias",
          "\"%s\" is not supported, expected \"none\"; train without biases".formatted(bias));
    }
  }

  /**
   * PEFT has one string for a pattern, a list for names. A list that stands there empty names
   * nothing.
   */
  private static TargetModules modules(JsonFields fields, String name)
      throws AdapterFormatException {
    Optional<JsonNode> value = fields.value(name);
    return value.isPresent() && value.get().isTextual()
        ? TargetModules.parse(value.get().textValue())
        : new TargetModules.Suffixes(fields.texts(name).stream().distinct().toList());
  }

  /** An empty pattern means any container, as PEFT has it. */
  private static List<String> layersPattern(JsonFields fields) throws AdapterFormatException {
    return fields.texts("layers_pattern").stream().filter(text -> !text.isEmpty()).toList();
  }

  private static InitLoraWeights init(JsonFields fields, List<String> warnings)
      throws AdapterFormatException {
    Optional<JsonNode> value = fields.value("init_lora_weights");
    if (value.isEmpty() || value.get().isBoolean()) {
      return InitLoraWeights.DEFAULT;
    }
    String name = value.get().asText();
    if (name.equals("gaussian")) {
      return InitLoraWeights.GAUSSIAN;
    }
    if (name.equals("eva") || name.equals("orthogonal")) {
      // These choose other first factors but leave the base weight as it is.
      warnings.add("init_lora_weights \"%s\" is noted as the default".formatted(name));
      return InitLoraWeights.DEFAULT;
    }
    throw fields.bad(
        "init_lora_weights",
        ("%s changes the base weights or is unknown; convert the adapter to plain LoRA when "
                + "saving it (PEFT: path_initial_model_for_weight_conversion)")
            .formatted(value.get()));
  }

  /**
   * All fields PEFT writes, in alphabetical order. The order within the patterns is kept because
   * the first match counts.
   */
  static void write(Adapter adapter, LoraConfig config, ObjectNode json) {
    json.putNull("alora_invocation_tokens");
    json.set("alpha_pattern", numbers(config.alphaPattern()));
    json.putNull("arrow_config");
    json.putNull("auto_mapping");
    json.put("base_model_name_or_path", config.baseModelName().orElse(null));
    json.put("bias", "none");
    json.putNull("corda_config");
    json.put("ensure_weight_tying", false);
    json.putNull("eva_config");
    json.set("exclude_modules", modules(config.excludeModules()));
    json.put("fan_in_fan_out", config.fanInFanOut());
    json.put("inference_mode", true);
    if (config.init() == InitLoraWeights.GAUSSIAN) {
      json.put("init_lora_weights", "gaussian");
    } else {
      json.put("init_lora_weights", true);
    }
    json.putNull("layer_replication");
    json.set("layers_pattern", listOrNull(config.layersPattern()));
    json.set("layers_to_transform", listOrNull(config.layersToTransform()));
    json.putObject("loftq_config");
    json.set("lora_alpha", number(config.alpha()));
    json.put("lora_bias", false);
    json.put("lora_dropout", config.dropout());
    json.putNull("lora_ga_config");
    json.putNull("megatron_config");
    json.put("megatron_core", "megatron.core");
    json.set("modules_to_save", listOrNull(config.modulesToSave()));
    json.put("peft_type", LoraConfig.PEFT_TYPE);
    json.put("peft_version", PeftFormat.PEFT_VERSION);
    json.put("qalora_group_size", 16);
    json.put("r", config.rank());
    json.set("rank_pattern", Json.toNode(config.rankPattern()));
    json.put("revision", config.revision().orElse(null));
    json.set("target_modules", targets(adapter, config));
    json.putNull("target_parameters");
    json.put("task_type", config.taskType().orElse(null));
    json.putNull("trainable_token_indices");
    json.putNull("use_bdlora");
    json.put("use_dora", false);
    json.put("use_qalora", false);
    json.put("use_rslora", config.useRslora());
  }

  /** Like PEFT, write {@code all-linear} as the modules it was on this model. */
  private static JsonNode targets(Adapter adapter, LoraConfig config) {
    return config.targets() instanceof TargetModules.AllLinear && adapter.weights().partCount() > 0
        ? Json.toNode(LoraModules.in(adapter).keySet())
        : modules(config.targets());
  }

  private static JsonNode modules(TargetModules modules) {
    if (modules instanceof TargetModules.Suffixes suffixes) {
      return listOrNull(suffixes.names());
    }
    return Json.toNode(
        modules instanceof TargetModules.Regex regex ? regex.pattern() : "all-linear");
  }

  private static JsonNode listOrNull(Collection<?> items) {
    return items.isEmpty() ? Json.newObject().nullNode() : Json.toNode(items);
  }

  private static ObjectNode numbers(Map<String, Double> map) {
    ObjectNode json = Json.newObject();
    map.forEach((key, value) -> json.set(key, number(value)));
    return json;
  }

  /** People write alpha without a decimal point. */
  private static JsonNode number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Json.toNode((long) value)
        : Json.toNode(value);
  }
}
