package dev.graft.adapter;

import java.util.List;
import java.util.Optional;

/**
 * How an adapter changes its base model, apart from the weights.
 *
 * <p>One record per adapter type, in the type's own package. How each is written to files is the
 * business of {@code AdapterTypes} in the format room, which a test holds complete.
 */
public interface AdapterConfig {

  /** PEFT's name of the type, for example {@code LORA}. */
  String peftType();

  /** What the model is used for, in PEFT's words, for example {@code SEQ_CLS}. */
  Optional<String> taskType();

  /**
   * The name or path of the base model as its trainer knew it; a hint for people, never an
   * identity.
   */
  Optional<String> baseModelName();

  /** Modules that are trained whole and stored beside the adapter, such as {@code classifier}. */
  List<String> modulesToSave();

  /** The factor of what the adapter adds to one module; 1 where the type has none. */
  default double scaleOf(String module) {
    return 1;
  }
}
