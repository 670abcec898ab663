package dev.graft.store;

import dev.graft.store.blob.Blob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.index.Index;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes blobs that nothing refers to.
 *
 * <p>A blob is looked up and deleted inside one writing transaction. Writers record versions inside
 * such transactions too, and look there that their blobs are present. So either the version is
 * recorded first, and the blob is referred to and stays; or the blob goes first, and the writer
 * sees that it is gone and stores it again. The grace period only spares writers that work; nothing
 * depends on clocks.
 */
final class GarbageCollector {
  /** Few enough that writers wait for milliseconds. */
  private static final int BATCH = 100;

  /** A put that takes longer than this is dead. */
  private static final Duration TEMPORARY_GRACE = Duration.ofHours(24);

  private final Index index;
  private final BlobStore blobs;
  private final Auditor auditor;
  private final Clock clock;

  GarbageCollector(Index index, BlobStore blobs, Auditor auditor, Clock clock) {
    this.index = index;
    this.blobs = blobs;
    this.auditor = auditor;
    this.clock = clock;
  }

  CollectionReport collect(Duration grace, Change change) throws IOException {
    boolean dryRun = change.dryRun();
    if (grace.isNegative()) {
      throw new IllegalArgumentException("grace must not be negative, found " + grace);
    }
    Instant cutoff = clock.instant().minus(grace);
    index.write(
        "release deleted versions", dryRun, session -> session.files().releaseDeletedUntil(cutoff));
    List<Blob> candidates = new ArrayList<>();
    List<Blob> young = new ArrayList<>();
    blobs.forEach(
        (blob, stored) -> {
          if (!stored.isAfter(cutoff)) {
            candidates.add(blob);
          } else if (!isReferred(blob, cutoff)) {
            young.add(blob);
          }
        });
    Tally tally = new Tally();
    for (int from = 0; from < candidates.size(); from += BATCH) {
      List<Blob> batch = candidates.subList(from, Math.min(from + BATCH, candidates.size()));
      tally = tally.plus(collect(batch, cutoff, dryRun));
    }
    Duration temporaryGrace = grace.compareTo(TEMPORARY_GRACE) > 0 ? grace : TEMPORARY_GRACE;
    int swept = blobs.sweep(clock.instant().minus(temporaryGrace), dryRun);
    if (tally.blobs() > 0) {
      record(tally, change);
    }
    return new CollectionReport(tally.blobs(), tally.bytes(), young.size(), swept);
  }

  private void record(Tally tally, Change change) throws IOException {
    AuditDetail detail =
        new AuditDetail().with("blobs", tally.blobs()).with("bytes", tally.bytes());
    index.write(
        "record the collection",
        change.dryRun(),
        session -> auditor.write(session, change, "", "collect", "blobs", detail));
  }

  private boolean isReferred(Blob blob, Instant cutoff) throws IOException {
    return index.lookUp(
        "look for references", session -> session.files().refersTo(blob.digest(), cutoff));
  }

  private Tally collect(List<Blob> batch, Instant cutoff, boolean dryRun) throws IOException {
    return index.write(
        "delete blobs",
        dryRun,
        session -> {
          Tally tally = new Tally();
          for (Blob blob : batch) {
            if (!session.files().refersTo(blob.digest(), cutoff)) {
              if (!dryRun) {
                blobs.delete(blob.digest());
              }
              tally = tally.plus(new Tally(1, blob.sizeBytes()));
            }
          }
          return tally;
        });
  }

  private record Tally(int blobs, long bytes) {
    Tally() {
      this(0, 0);
    }

    Tally plus(Tally other) {
      return new Tally(blobs + other.blobs, bytes + other.bytes);
    }
  }
}
