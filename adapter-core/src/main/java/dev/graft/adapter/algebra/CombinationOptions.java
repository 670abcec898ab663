package dev.graft.adapter.algebra;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How adapters are combined. Make one with {@link #of}; an option that the method does not use is
 * refused.
 *
 * @param method the method
 * @param density the share of entries that pruning keeps, in {@code (0, 1]}; given if and only if
 *     the method prunes
 * @param majoritySign how a sign is elected; {@link MajoritySign#TOTAL} where nothing is said
 * @param rank the rank of the outcome for methods on updates; where absent the largest rank of the
 *     adapters
 * @param seed where the random masks of DARE start
 * @param saved what happens to whole parameters
 */
public record CombinationOptions(
    CombinationMethod method,
    OptionalDouble density,
    Optional<MajoritySign> majoritySign,
    OptionalInt rank,
    long seed,
    SavedParameters saved) {

  private static final int MAX_RANK = 1 << 16;

  /**
   * Check the values one by one; {@link #check} looks at them together.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public CombinationOptions {
    if (density.isPresent() && !(density.getAsDouble() > 0 && density.getAsDouble() <= 1)) {
      throw new IllegalArgumentException(
          "density must be above 0 and at most 1, found %s".formatted(density.getAsDouble()));
    }
    if (rank.isPresent() && (rank.getAsInt() < 1 || rank.getAsInt() > MAX_RANK)) {
      throw new IllegalArgumentException(
          "rank must be between 1 and %d, found %d".formatted(MAX_RANK, rank.getAsInt()));
    }
  }

  /** This method, with nothing chosen that has a default. */
  public static CombinationOptions of(CombinationMethod method) {
    return new CombinationOptions(
        method,
        OptionalDouble.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        0,
        SavedParameters.REFUSE);
  }

  /** These options with a density. */
  public CombinationOptions withDensity(double value) {
    return new CombinationOptions(
        method, OptionalDouble.of(value), majoritySign, rank, seed, saved);
  }

  /** These options with a way to elect signs. */
  public CombinationOptions withMajoritySign(MajoritySign value) {
    return new CombinationOptions(method, density, Optional.of(value), rank, seed, saved);
  }

  /** These options with a rank. */
  public CombinationOptions withRank(int value) {
    return new CombinationOptions(
        method, density, majoritySign, OptionalInt.of(value), seed, saved);
  }

  /** These options with another seed. */
  public CombinationOptions withSeed(long value) {
    return new CombinationOptions(method, density, majoritySign, rank, value, saved);
  }

  /** These options with another rule for whole parameters. */
  public CombinationOptions withSaved(SavedParameters value) {
    return new CombinationOptions(method, density, majoritySign, rank, seed, value);
  }

  /**
   * Refuse options that do not belong to the method.
   *
   * @throws IllegalArgumentException if a density is missing, or an option would change nothing
   */
  public void check() {
    if (method.usesDensity() && density.isEmpty()) {
      throw new IllegalArgumentException(
          "%s needs a density; give the share of entries to keep, such as 0.5"
              .formatted(method.text()));
    }
    refuseUnless(method.usesDensity() || density.isEmpty(), "a density", "prunes nothing");
    refuseUnless(
        method.electsSign() || majoritySign.isEmpty(), "a majority sign", "elects no signs");
    refuseUnless(method.choosesRank() || rank.isEmpty(), "a rank", "leaves no choice of the rank");
    refuseUnless(method.isRandom() || seed == 0, "a seed", "is not random");
  }

  private void refuseUnless(boolean allowed, String what, String why) {
    if (!allowed) {
      throw new IllegalArgumentException(
          "%s has no effect on %s, which %s; leave it out".formatted(what, method.text(), why));
    }
  }

  MajoritySign sign() {
    return majoritySign.orElse(MajoritySign.TOTAL);
  }
}
