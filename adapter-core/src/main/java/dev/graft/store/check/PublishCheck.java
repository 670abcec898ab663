package dev.graft.store.check;

import dev.graft.adapter.Adapter;
import java.io.IOException;
import java.util.List;

/**
 * A check that needs more than the registry has, such as the base model. It sees the copy that is
 * stored if nothing is wrong with it, and runs before anything is stored and outside of any
 * transaction, so it may take its time.
 */
public interface PublishCheck {

  /**
   * What a check found.
   *
   * @param failures why the adapter is not to be published: sentences with what was found and what
   *     was expected, the remedy in the last; empty where it passes
   * @param warnings what was noticed and let pass, or could not be checked
   * @param probes how many probes answered as their record expects
   */
  record Findings(List<String> failures, List<String> warnings, int probes) {
    /** Copy the sentences. */
    public Findings {
      failures = List.copyOf(failures);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Check an adapter.
   *
   * @throws IOException if what the check needs cannot be read
   */
  Findings check(Adapter adapter) throws IOException;
}
