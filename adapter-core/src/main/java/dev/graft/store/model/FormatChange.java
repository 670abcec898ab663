package dev.graft.store.model;

/**
 * From which format to which an index is brought.
 *
 * @param from the format it has
 * @param to the format it gets; the same where it is the newest already
 */
public record FormatChange(int from, int to) {
  /** Whether anything changes at all. */
  public boolean isMigration() {
    return from != to;
  }
}
