package dev.graft.train;

import java.util.Locale;

/** Where the value of an option came from. */
public enum Origin {
  DEFAULT,
  FILE,
  ENV,
  FLAG,
  /** Carried over from the run that is resumed. */
  CHECKPOINT;

  /** The name used in files. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
