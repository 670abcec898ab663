package dev.graft.adapter.format;

/**
 * What a reader lets pass.
 *
 * @param allowIneffective whether an adapter may be read that changes nothing, as a freshly
 *     initialised one does
 */
public record ReadOptions(boolean allowIneffective) {
  /** Refuse whatever cannot be a trained adapter. */
  public static ReadOptions strict() {
    return new ReadOptions(false);
  }

  /** Let adapters pass that change nothing, such as initial ones. */
  public static ReadOptions allowingIneffective() {
    return new ReadOptions(true);
  }
}
