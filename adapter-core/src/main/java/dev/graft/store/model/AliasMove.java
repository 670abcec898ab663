package dev.graft.store.model;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * One line of an alias's history.
 *
 * @param revision of the alias after it
 * @param kind what was done
 * @param version where the alias points after it; empty where it was removed
 * @param undo the revision that a rollback from here goes back to; empty for the first
 * @param author who moved it
 * @param time when; order is by {@link #revision}
 * @param note why
 * @param sequence number of its audit line
 */
public record AliasMove(
    int revision,
    Kind kind,
    OptionalInt version,
    OptionalInt undo,
    String author,
    Instant time,
    String note,
    long sequence) {

  /** What was done to an alias. */
  public enum Kind {
    /** It was pointed to a version. */
    PROMOTE,
    /** It went back to where it pointed before. */
    ROLLBACK,
    /** It was removed. */
    REMOVE
  }
}
