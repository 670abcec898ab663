package dev.graft.generate;

import java.util.Locale;

/** Why a sequence ended. */
public enum FinishReason {
  /** The model gave a token that ends answers, or a stop string came up. */
  STOP,
  /** There were as many new tokens as were allowed. */
  LENGTH,
  /** Somebody cancelled it, or closed the engine. */
  CANCELLED;

  /** The reason in the words of files and the command line. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
