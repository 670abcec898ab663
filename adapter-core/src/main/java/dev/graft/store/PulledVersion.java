package dev.graft.store;

import dev.graft.store.model.Version;
import java.util.List;

/**
 * A version that was taken out of the registry.
 *
 * @param version which one
 * @param warnings what was noticed and let pass, for people
 */
public record PulledVersion(Version version, List<String> warnings) {
  /** Copy the warnings. */
  public PulledVersion {
    warnings = List.copyOf(warnings);
  }
}
