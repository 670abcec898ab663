package dev.graft.onnx.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file is not an ONNX model, or one that cannot be read safely. The message names the file. */
public final class OnnxFormatException extends IOException {
  private final transient Path file;

  /**
   * @param problem what was found, what was expected and what to do, without the file's name
   */
  public OnnxFormatException(Path file, String problem) {
    super("%s: %s".formatted(file, problem));
    this.file = file;
  }

  /** The file that was read. */
  public Path file() {
    return file;
  }
}
