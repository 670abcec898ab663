package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import java.util.List;

/**
 * An adapter as read from a file.
 *
 * @param adapter the adapter
 * @param warnings what the reader noticed and let pass, for people
 */
public record LoadedAdapter(Adapter adapter, List<String> warnings) {
  /** Copy the warnings. */
  public LoadedAdapter {
    warnings = List.copyOf(warnings);
  }
}
