package dev.graft.adapter.algebra;

import java.util.Locale;

/**
 * What combining does with whole parameters that adapters carry, such as a classification head
 * ({@code modules_to_save}).
 *
 * <p>Parameters that only one of the adapters has, or that are the same bits in all that have them,
 * are taken over as they are in any case.
 */
public enum SavedParameters {
  /** Refuse two adapters that carry a parameter of one name, as PEFT does. */
  REFUSE,
  /** Take those of the first adapter that has them. */
  FIRST;

  /** The name for people. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
