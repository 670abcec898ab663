package dev.graft.export;

import dev.graft.module.LinearModule;
import java.util.List;

/**
 * What an export did.
 *
 * @param base the base as the graphs were built from it, with the counts of patterns found
 * @param slots the modules that got a slot, in graph order
 */
public record ExportReport(Bundle bundle, BaseModel base, List<LinearModule> slots) {
  public ExportReport {
    slots = List.copyOf(slots);
  }
}
