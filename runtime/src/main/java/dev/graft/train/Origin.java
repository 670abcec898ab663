package dev.graft.train;

import java.util.Locale;

/** Where the value of an option came from. */
public enum Origin {
  DEFAULT,
  FILE,
  ENV,
  FLAG,
  /** Carried over from the run that is resumed. */
  CHECKPOINT,
  /** Taken from the record of an adapter that is trained once more. */
  RECORD;

  /** The name used in files. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
