package dev.graft.train;

import java.io.IOException;

/** Training cannot start, go on or be resumed; the message says why, where, and what to do. */
public final class TrainingException extends IOException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }

  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
