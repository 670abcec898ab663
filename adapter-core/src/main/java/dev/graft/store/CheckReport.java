package dev.graft.store;

import java.util.List;

/**
 * What a check of the whole registry came to.
 *
 * @param findings what was found, in the order of the checks
 * @param versions how many versions were looked at
 * @param blobs how many blobs were read and hashed
 */
public record CheckReport(List<Finding> findings, int versions, int blobs) {
  /** Copy the findings. */
  public CheckReport {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is wrong, or all that was wrong is repaired; what is untidy does not count. */
  public boolean isSound() {
    return findings.stream().allMatch(f -> f.repaired() || !f.kind().isError());
  }
}
