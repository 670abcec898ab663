package dev.graft.store;

import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.Alias;
import dev.graft.store.model.Version;
import java.util.List;

/**
 * An adapter as a list shows it.
 *
 * @param line the adapter
 * @param newest its newest version
 * @param aliases its aliases, by name
 */
public record AdapterSummary(AdapterLine line, Version newest, List<Alias> aliases) {
  /** Copy the aliases. */
  public AdapterSummary {
    aliases = List.copyOf(aliases);
  }
}
