package dev.graft.store.model;

import java.util.OptionalLong;

/**
 * The most a tenant may have; what is empty is not limited.
 *
 * @param bytes bytes of all versions that are not deleted, each counted in full
 * @param versions versions that are not deleted
 */
public record Quota(OptionalLong bytes, OptionalLong versions) {
  /** No limits. */
  public static final Quota NONE = new Quota(OptionalLong.empty(), OptionalLong.empty());

  /**
   * Check the limits.
   *
   * @throws IllegalArgumentException if one is negative
   */
  public Quota {
    check("bytes", bytes);
    check("versions", versions);
  }

  /** Both limits. */
  public static Quota of(long bytes, long versions) {
    return new Quota(OptionalLong.of(bytes), OptionalLong.of(versions));
  }

  private static void check(String what, OptionalLong limit) {
    if (limit.isPresent() && limit.getAsLong() < 0) {
      throw new IllegalArgumentException(
          "quota of %s must not be negative, found %d".formatted(what, limit.getAsLong()));
    }
  }
}
