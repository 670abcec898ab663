package dev.graft.store;

import java.util.List;

/**
 * What was exported.
 *
 * @param tenant whose adapters
 * @param digest of the file; of the one that would be, where it was only tried
 * @param sizeBytes its length
 * @param adapters how many
 * @param versions how many; deleted ones are left out
 * @param signatures how many its versions have
 * @param parentsLeftOut how many parents of versions are not in it, since they are deleted or
 *     another tenant's
 * @param warnings what else is not in it
 */
public record ExportReport(
    String tenant,
    String digest,
    long sizeBytes,
    int adapters,
    int versions,
    int signatures,
    long parentsLeftOut,
    List<String> warnings) {
  /** Copy the list. */
  public ExportReport {
    warnings = List.copyOf(warnings);
  }
}
