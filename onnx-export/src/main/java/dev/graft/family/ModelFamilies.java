package dev.graft.family;

import dev.graft.adapter.NearestNames;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.family.PretrainedModel.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The table: one row per model family. {@code docs/howto/add-a-model-family.md} adds one. */
public final class ModelFamilies {
  private static final List<String> LM_HEAD = List.of("lm_head.weight");
  private static final String ROTARY_BUFFER =
      "model\\.(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq";
  private static final String GPT2_MASKS = "transformer\\.h\\.\\d+\\.attn\\.(bias|masked_bias)";
  private static final String POSITION_BUFFER = "embeddings\\.position_ids";

  private static final Map<String, ModelFamily> TABLE =
      table(
          decoder("llama", "Llama", "model.", "layers.", ROTARY_BUFFER, "", LlamaDecoder::llama),
          decoder(
              "mistral", "Mistral", "model.", "layers.", ROTARY_BUFFER, "", LlamaDecoder::mistral),
          decoder("qwen2", "Qwen2", "model.", "layers.", ROTARY_BUFFER, "", LlamaDecoder::qwen2),
          decoder("qwen3", "Qwen3", "model.", "layers.", ROTARY_BUFFER, "", LlamaDecoder::qwen3),
          decoder(
                  "gpt2",
                  "GPT2",
                  "transformer.",
                  "h.",
                  GPT2_MASKS,
                  """
              n_ctx reorder_and_upcast_attn summary_activation summary_first_dropout
              summary_proj_to_labels summary_type summary_use_proj
              """,
                  Gpt2Decoder::read)
              .ofConv1d(),
          encoder(
              "bert",
              "Bert",
              "encoder.layer.",
              "cls. classifier. qa_outputs.",
              FamilyHead.BERT,
              """
              directionality pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers
              pooler_size_per_head pooler_type tie_word_embeddings
              """,
              EncoderModel::bert),
          encoder(
              "roberta",
              "Roberta",
              "encoder.layer.",
              "lm_head. classifier. qa_outputs.",
              FamilyHead.ROBERTA,
              "tie_word_embeddings",
              EncoderModel::roberta),
          encoder(
              "distilbert",
              "DistilBert",
              "transformer.layer.",
              "vocab_transform. vocab_layer_norm. vocab_projector. pre_classifier. classifier."
                  + " qa_outputs.",
              FamilyHead.DISTILBERT,
              "sinusoidal_pos_embds tie_weights_ tie_word_embeddings",
              EncoderModel::distilbert));

  private ModelFamilies() {}

  /** The {@code model_type}s that are supported, sorted. */
  public static List<String> names() {
    return List.copyOf(TABLE.keySet());
  }

  /**
   * Whether a family stores linear weights {@code [in, out]}, which PEFT's files call {@code
   * fan_in_fan_out}; false for a family that is not known.
   */
  public static boolean storesWeightsInOut(String modelType) {
    ModelFamily family = TABLE.get(modelType);
    return family != null && family.conv1d();
  }

  /** The family that a configuration names. */
  static ModelFamily of(ModelConfig config) throws CheckpointException {
    String type = config.text("model_type", "");
    ModelFamily family = TABLE.get(type);
    if (family == null) {
      throw config.refuse(
          "model_type",
          type.isEmpty() ? "missing" : "'%s'".formatted(type),
          "one of %s; %s".formatted(names(), suggestion(type)));
    }
    return family;
  }

  private static String suggestion(String type) {
    String near = NearestNames.suggestion(type, names());
    return near.isEmpty() ? "an .onnx file of the model can be exported whatever its family" : near;
  }

  private static ModelFamily decoder(
      String modelType,
      String className,
      String prefix,
      String layer,
      String ignoredTensors,
      String ignoredFields,
      ModelFamily.Reader reader) {
    return new ModelFamily(
        modelType,
        Kind.DECODER,
        classes(className, "ForCausalLM", "LMHeadModel", "Model"),
        new TensorNames(
            prefix, true, layer, Optional.of(Pattern.compile(ignoredTensors)), List.of(), LM_HEAD),
        IgnoredFields.with(ignoredFields),
        false,
        Optional.empty(),
        reader);
  }

  private static ModelFamily encoder(
      String modelType,
      String className,
      String layer,
      String heads,
      FamilyHead head,
      String ignoredFields,
      ModelFamily.Reader reader) {
    return new ModelFamily(
        modelType,
        Kind.ENCODER,
        classes(
            className,
            "Model",
            "ForSequenceClassification",
            "ForMaskedLM",
            "ForPreTraining",
            "ForTokenClassification",
            "ForQuestionAnswering",
            "ForMultipleChoice",
            "ForNextSentencePrediction"),
        new TensorNames(
            modelType + ".",
            false,
            layer,
            Optional.of(Pattern.compile(POSITION_BUFFER)),
            Arrays.asList(heads.split(" ", -1)),
            List.of()),
        IgnoredFields.with(ignoredFields),
        false,
        Optional.of(head),
        reader);
  }

  private static List<String> classes(String name, String... endings) {
    List<String> all = new ArrayList<>();
    for (String ending : endings) {
      all.add(name + ending);
    }
    return all;
  }

  private static Map<String, ModelFamily> table(ModelFamily... families) {
    Map<String, ModelFamily> table = new TreeMap<>();
    for (ModelFamily family : families) {
      table.put(family.modelType(), family);
    }
    return table;
  }
}
