package dev.graft.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint directory is not what it should be; the message begins with the path. */
public final class CheckpointException extends IOException {
  /**
   * Describe a bad checkpoint.
   *
   * @param path the file or directory
   * @param problem what was found, what was expected, and the remedy
   */
  public CheckpointException(Path path, String problem) {
    super("%s: %s".formatted(path, problem));
  }
}
