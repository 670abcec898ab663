package dev.graft.adapter.algebra;

import dev.graft.adapter.NearestNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How adapters are combined, with the names and definitions of {@code add_weighted_adapter} in PEFT
 * 0.21.
 *
 * <p>With {@code f = weight * scale} of an adapter in a module, a method on <i>factors</i> works on
 * every A and every B by itself, A weighted with {@code sign(f) * sqrt(|f|)} and B with {@code
 * sqrt(|f|)}; ranks must agree, and the product is not the sum of the updates. A method on
 * <i>updates</i> works on {@code scale * B * A} with the plain weight and keeps the largest
 * singular values of the outcome. Between the two stands {@link #CAT}.
 *
 * <p>Magnitude pruning keeps the {@code floor(density * n)} entries of largest magnitude in each
 * tensor; random pruning (DARE, arXiv 2311.03099) keeps each entry with probability {@code density}
 * and divides what it keeps by it. TIES (arXiv 2306.01708) then elects a sign per entry and
 * averages the weighted entries of that sign, over their number and not over their weights.
 */
public enum CombinationMethod {
  /** The weighted sum of the factors. */
  LINEAR(Domain.FACTORS, Pruning.NONE, false),
  /** The factors one beside the other: the exact sum of the updates, ranks add up. */
  CAT(Domain.STACK, Pruning.NONE, false),
  /** The sum of the updates, at a rank of choice. */
  SVD(Domain.UPDATES, Pruning.NONE, false),
  /** Trim, elect signs and merge, on factors. */
  TIES(Domain.FACTORS, Pruning.MAGNITUDE, true),
  /** Trim, elect signs and merge, on updates. */
  TIES_SVD(Domain.UPDATES, Pruning.MAGNITUDE, true),
  /** Drop at random and rescale, then the weighted sum, on factors. */
  DARE_LINEAR(Domain.FACTORS, Pruning.RANDOM, false),
  /** Drop at random and rescale, then elect signs and merge, on factors. */
  DARE_TIES(Domain.FACTORS, Pruning.RANDOM, true),
  /** As {@link #DARE_LINEAR}, on updates. */
  DARE_LINEAR_SVD(Domain.UPDATES, Pruning.RANDOM, false),
  /** As {@link #DARE_TIES}, on updates. */
  DARE_TIES_SVD(Domain.UPDATES, Pruning.RANDOM, true),
  /** The weighted sum of the entries of largest magnitude, on factors. */
  MAGNITUDE_PRUNE(Domain.FACTORS, Pruning.MAGNITUDE, false),
  /** As {@link #MAGNITUDE_PRUNE}, on updates. */
  MAGNITUDE_PRUNE_SVD(Domain.UPDATES, Pruning.MAGNITUDE, false);

  /** What a method works on. */
  enum Domain {
    FACTORS,
    STACK,
    UPDATES
  }

  /** Which entries a method keeps. */
  enum Pruning {
    NONE,
    MAGNITUDE,
    RANDOM
  }

  private final Domain domain;
  private final Pruning pruning;
  private final boolean electsSign;

  CombinationMethod(Domain domain, Pruning pruning, boolean electsSign) {
    this.domain = domain;
    this.pruning = pruning;
    this.electsSign = electsSign;
  }

  Domain domain() {
    return domain;
  }

  Pruning pruning() {
    return pruning;
  }

  /** Whether signs are elected, so that the majority's sign has to be defined. */
  public boolean electsSign() {
    return electsSign;
  }

  /** Whether entries are dropped, so that a density is needed. */
  public boolean usesDensity() {
    return pruning != Pruning.NONE;
  }

  /** Whether the outcome depends on random numbers. */
  public boolean isRandom() {
    return pruning == Pruning.RANDOM;
  }

  /** Whether the rank of the outcome can be chosen. */
  public boolean choosesRank() {
    return domain == Domain.UPDATES;
  }

  /** Whether the whole update of a module {@code [out, in]} must be formed. */
  public boolean formsUpdates() {
    return domain == Domain.UPDATES && pruning != Pruning.NONE;
  }

  /** PEFT's name, such as {@code ties_svd}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of all methods. */
  public static List<String> names() {
    return Arrays.stream(values()).map(CombinationMethod::text).toList();
  }

  /**
   * Find a method by PEFT's name.
   *
   * @throws IllegalArgumentException if there is none; the message offers the names there are
   */
  public static CombinationMethod parse(String name) {
    String wanted = name.toLowerCase(Locale.ROOT).replace('-', '_');
    return Arrays.stream(values())
        .filter(method -> method.text().equals(wanted))
        .findFirst()
        .orElseThrow(
            () -> {
              String suggestion = NearestNames.suggestion(wanted, names());
              return new IllegalArgumentException(
                  "unknown combination method \"%s\", expected one of %s%s"
                      .formatted(name, names(), suggestion.isEmpty() ? "" : "; " + suggestion));
            });
  }
}
