package dev.graft.train;

import dev.graft.data.ExampleEncoder;
import dev.graft.data.GenerationColumns;
import java.util.List;

/**
 * Refuses options that are given and would change nothing: a value that is ignored in silence is
 * taken for one that was tried.
 */
final class OptionFit {
  private static final List<String> CLASSIFIERS =
      List.of("labelSmoothing", "classWeights", "ignoreLabel");
  private static final List<String> DECODERS = List.of("pack");
  private static final List<String> PREFIXES = List.of("virtualTokens", "initPrompt");
  private static final List<String> LORA =
      List.of(
          "rank",
          "alpha",
          "targets",
          "excludeModules",
          "layersToTransform",
          "rankPattern",
          "alphaPattern",
          "useRslora",
          "loraDropout",
          "init",
          "loraPlusRatio");

  private OptionFit() {}

  /** Checks the options of a run on an encoder. */
  static void encoder(TrainingOptions options, TrainingData data) throws TrainingException {
    if (options.adapterType() != TrainedType.LORA) {
      throw new TrainingException(
          "adapter type \"%s\" is for decoders, and the bundle holds an encoder; train a \"lora\""
              .formatted(options.value("adapterType").asText()));
    }
    refuse(options, DECODERS, "is for decoders, and the bundle holds an encoder");
    refuse(options, PREFIXES, "is for prefixes, and an encoder takes none");
    boolean prompts =
        data.loss() != ExampleEncoder.Loss.ANSWERS
            || !data.prompts().prompt().equals(GenerationColumns.defaults().prompt())
            || !data.prompts().completion().equals(GenerationColumns.defaults().completion())
            || data.prompts().template().isPresent();
    if (prompts) {
      throw new TrainingException(
          "columns of prompts are for decoders, and the bundle holds an encoder; name the columns of texts and labels");
    }
  }

  /** Checks the options of a run on a decoder. */
  static void decoder(TrainingOptions options, TrainingData data) throws TrainingException {
    refuse(options, CLASSIFIERS, "is for classifiers, and the bundle holds a decoder");
    if (data.labels().isPresent()) {
      throw new TrainingException(
          "\"%s\" lists labels, and the bundle holds a decoder, which has none; leave it out"
              .formatted(data.labels().get()));
    }
    if (options.adapterType() == TrainedType.PREFIX) {
      refuse(options, LORA, "is for LoRA, and a prefix is trained");
    } else {
      refuse(options, PREFIXES, "is for prefixes, and a LoRA adapter is trained");
    }
  }

  private static void refuse(TrainingOptions options, List<String> names, String why)
      throws TrainingException {
    for (String name : names) {
      if (options.origin(name) != Origin.DEFAULT) {
        throw new TrainingException("option \"%s\" %s; leave it out".formatted(name, why));
      }
    }
  }
}
