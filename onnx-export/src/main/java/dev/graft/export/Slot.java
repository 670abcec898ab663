package dev.graft.export;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.graft.inject.LoraInjection;

/**
 * A place of a bundle where an adapter may act: a linear module.
 *
 * @param module the path a PEFT user knows, such as {@code encoder.layer.0.attention.self.query}
 * @param in features in
 * @param out features out
 */
public record Slot(String module, long in, long out) {

  public Slot {
    if (module.isEmpty() || in < 1 || out < 1) {
      throw new IllegalArgumentException(
          "slot '%s' maps %d to %d features, expected a name and at least 1 each"
              .formatted(module, in, out));
    }
  }

  /** The name of the graph input for A. */
  @JsonIgnore
  public String a() {
    return LoraInjection.inputA(module);
  }

  /** The name of the graph input for B. */
  @JsonIgnore
  public String b() {
    return LoraInjection.inputB(module);
  }
}
