package dev.graft.adapter.algebra;

import java.util.Locale;

/** How the sign of an entry is elected; PEFT's {@code majority_sign_method}. */
public enum MajoritySign {
  /** The sign of the sum of the pruned, unweighted entries; plus where the sum is zero. */
  TOTAL,
  /** The sign that more adapters have; plus where as many have the other. */
  FREQUENCY;

  /** PEFT's name. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
