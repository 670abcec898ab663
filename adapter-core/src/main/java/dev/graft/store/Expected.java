package dev.graft.store;

import dev.graft.store.model.Alias;
import java.util.Optional;

/** Where an alias must point for a move to be made: the compare of compare-and-set. */
public final class Expected {
  private enum Kind {
    ANYTHING,
    ABSENT,
    VERSION,
    REVISION
  }

  private final Kind kind;
  private final int number;

  private Expected(Kind kind, int number) {
    this.kind = kind;
    this.number = number;
  }

  /** Wherever it points, or not at all. */
  public static Expected anything() {
    return new Expected(Kind.ANYTHING, 0);
  }

  /** There must be no such alias. */
  public static Expected absent() {
    return new Expected(Kind.ABSENT, 0);
  }

  /** It must point to this version. */
  public static Expected version(int version) {
    return new Expected(Kind.VERSION, version);
  }

  /** It must not have been moved since it had this revision, not even away and back. */
  public static Expected revision(int revision) {
    return new Expected(Kind.REVISION, revision);
  }

  /** What is expected of an alias that was seen, or not found, before. */
  public static Expected unchanged(Optional<Alias> seen) {
    return seen.map(alias -> revision(alias.revision())).orElse(absent());
  }

  boolean holds(Optional<Alias> found) {
    return switch (kind) {
      case ANYTHING -> true;
      case ABSENT -> found.isEmpty();
      case VERSION -> found.isPresent() && found.get().version() == number;
      case REVISION -> found.isPresent() && found.get().revision() == number;
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case ANYTHING -> "anything";
      case ABSENT -> "no such alias";
      case VERSION -> "version " + number;
      case REVISION -> "revision " + number;
    };
  }
}
