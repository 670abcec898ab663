package dev.graft.store;

import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Index;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for every inconsistency, explains it and repairs what can be repaired. Safe beside running
 * writers: the index is read in one snapshot, and a repair looks again before it changes anything.
 */
final class StoreCheck {
  private static final Duration TEMPORARY_GRACE = Duration.ofHours(1);

  private final Index index;
  private final BlobStore blobs;
  private final Clock clock;
  private final IndexCheck indexCheck;
  private final BlobCheck blobCheck;

  StoreCheck(
      Index index, BlobStore blobs, Contents contents, Auditor auditor, Lifecycle lifecycle) {
    this.index = index;
    this.blobs = blobs;
    this.clock = auditor.clock();
    this.indexCheck = new IndexCheck(index, auditor);
    this.blobCheck = new BlobCheck(index, blobs, contents, lifecycle);
  }

  /**
   * Check.
   *
   * @param repair what repairs are recorded as; none are made for a dry run
   */
  CheckReport run(Change repair) throws IOException {
    List<Finding> findings = new ArrayList<>();
    indexCheck.run(repair, findings);
    findings.addAll(index.read("check the signatures", SignatureCheck::findings));
    findings.addAll(index.read("check what is trusted", TrustCheck::findings));
    int read = blobCheck.run(repair, findings);
    sweep(repair, findings);
    int versions = index.lookUp("count versions", session -> session.versions().count());
    return new CheckReport(findings, versions, read);
  }

  private void sweep(Change repair, List<Finding> findings) throws IOException {
    int stale = blobs.sweep(clock.instant().minus(TEMPORARY_GRACE), repair.dryRun());
    if (stale > 0) {
      findings.add(
          new Finding(
              Finding.Kind.STALE_TEMPORARY,
              "tmp",
              "%d unfinished files or folders are older than an hour; whoever wrote them is gone"
                  .formatted(stale),
              !repair.dryRun()));
    }
  }
}
