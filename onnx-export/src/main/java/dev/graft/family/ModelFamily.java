package dev.graft.family;

import dev.graft.family.PretrainedModel.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A row of {@link ModelFamilies}.
 *
 * @param modelType the {@code model_type} in {@code config.json}
 * @param architectures the model classes whose checkpoints are accepted
 * @param names what its tensors are called
 * @param ignored fields of the configuration that change nothing
 * @param conv1d whether its linear weights are {@code [in, out]}, as Transformers' Conv1D has them
 * @param head what it classifies sequences with; absent where that is not supported
 * @param reader makes the graph's plan of the configuration
 */
record ModelFamily(
    String modelType,
    Kind kind,
    List<String> architectures,
    TensorNames names,
    Set<String> ignored,
    boolean conv1d,
    Optional<FamilyHead> head,
    Reader reader) {

  /** Asks a configuration for the fields of a family. */
  @FunctionalInterface
  interface Reader {
    Architecture read(ModelConfig config) throws IOException;
  }

  ModelFamily {
    architectures = List.copyOf(architectures);
    ignored = Set.copyOf(ignored);
  }

  /** This family with weights {@code [in, out]}. */
  ModelFamily ofConv1d() {
    return new ModelFamily(modelType, kind, architectures, names, ignored, true, head, reader);
  }

  /** Reads the whole configuration; what is left over is refused. */
  Architecture architecture(ModelConfig config) throws IOException {
    for (var name : config.items("architectures")) {
      if (!architectures.contains(name.asText())) {
        throw config.refuse("architectures", name, "one of %s".formatted(architectures));
      }
    }
    config.require("is_encoder_decoder", false);
    config.ignore(ignored);
    Architecture architecture = reader.read(config);
    config.finish(modelType);
    return architecture;
  }
}
