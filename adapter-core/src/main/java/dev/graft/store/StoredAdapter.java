package dev.graft.store;

import dev.graft.adapter.Adapter;
import dev.graft.store.model.Version;
import java.util.List;

/**
 * An adapter out of the registry.
 *
 * @param version which one
 * @param adapter what it is
 * @param warnings what its reader noticed, for people
 */
public record StoredAdapter(Version version, Adapter adapter, List<String> warnings) {
  /** Copy the warnings. */
  public StoredAdapter {
    warnings = List.copyOf(warnings);
  }
}
