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
import java.util.concurrent.locks.LockSupport;

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
  /** Few enough that writers wait for milliseconds, where the blobs are on a disk. */
  private static final int BATCH = 100;

  /** A bucket takes as long for one blob; writers do not wait for more than a few of them. */
  private static final Duration LONGEST_TURN = Duration.ofMillis(100);

  /** After a long turn: SQLite gives its lock to whoever asks next, not to who has waited. */
  private static final Duration PAUSE = Duration.ofMillis(25);

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
    Tally tally = collectAll(candidates, cutoff, dryRun);
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

  private Tally collectAll(List<Blob> candidates, Instant cutoff, boolean dryRun)
      throws IOException {
    Tally tally = new Tally();
    int done = 0;
    while (done < candidates.size()) {
      Turn turn = collect(candidates.subList(done, candidates.size()), cutoff, dryRun);
      tally = tally.plus(turn.tally());
      done += turn.looked();
      if (turn.looked() < BATCH && done < candidates.size()) {
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
    return tally;
  }

  /** Looks at the first of some blobs, at one at least. */
  private Turn collect(List<Blob> candidates, Instant cutoff, boolean dryRun) throws IOException {
    return index.write(
        "delete blobs",
        dryRun,
        session -> {
          long start = System.nanoTime();
          Turn turn = new Turn(new Tally(), 0);
          for (Blob blob : candidates) {
            boolean deletes = !session.files().refersTo(blob.digest(), cutoff);
            if (deletes && !dryRun) {
              blobs.delete(blob.digest());
            }
            turn = turn.plus(deletes ? new Tally(1, blob.sizeBytes()) : new Tally());
            if (turn.looked() == BATCH || System.nanoTime() - start > LONGEST_TURN.toNanos()) {
              break;
            }
          }
          return turn;
        });
  }

  /** What was deleted in one transaction, and how many blobs it looked at. */
  private record Turn(Tally tally, int looked) {
    Turn plus(Tally more) {
      return new Turn(tally.plus(more), looked + 1);
    }
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
