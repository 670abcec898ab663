package dev.graft.train;

import java.util.Locale;

/** How the learning rate goes on after its warm-up. */
public enum Schedule {
  /** It stays. */
  CONSTANT,
  /** It falls in a straight line to zero at the end of the run. */
  LINEAR,
  /** It falls along half a cosine to zero at the end of the run. */
  COSINE;

  /** The name used in files and on the command line. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
