package dev.graft.store;

import dev.graft.store.model.Tenant;
import java.util.List;

/**
 * What was imported.
 *
 * @param tenant the customer, as it is here now
 * @param archive digest of the archive
 * @param exportedFrom id of the registry it comes from
 * @param exportedTenant its name there
 * @param adapters how many
 * @param versions how many
 * @param signatures how many of its versions' signatures were kept
 * @param signaturesLeftOut how many were not, since the tenant has another name here
 * @param parentsLeftOut how many parents of versions were not in the archive
 * @param warnings what readers of its adapters let pass, and what differs from where it comes from
 */
public record ImportReport(
    Tenant tenant,
    String archive,
    String exportedFrom,
    String exportedTenant,
    int adapters,
    int versions,
    int signatures,
    int signaturesLeftOut,
    long parentsLeftOut,
    List<String> warnings) {
  /** Copy the list. */
  public ImportReport {
    warnings = List.copyOf(warnings);
  }
}
