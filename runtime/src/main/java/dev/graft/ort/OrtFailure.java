package dev.graft.ort;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime could not do what we asked; the message says what that was and what it answered. */
public final class OrtFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final Pattern ERROR_CODE = Pattern.compile("Error code - (\\w+) - message:\\s*");

  /**
   * Where in its own sources ONNX Runtime failed: path, line, C++ signature up to the closing
   * bracket.
   */
  private static final Pattern SOURCE =
      Pattern.compile("\\S+\\.(?:cc|h|cpp|cu):\\d+ .*?\\)(?: const)?(?: \\[with [^\\]]*\\])? ?");

  private static final Pattern STATUS =
      Pattern.compile(
          "Non-zero status code returned while running (\\w+) node\\. Name:'([^']*)' Status Message: ?");

  public OrtFailure(String message) {
    super(message);
  }

  public OrtFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Name what was being done, then what ONNX Runtime said, without codes and source lines. */
  static OrtFailure during(String doing, Throwable cause) {
    String said = cause.getMessage();
    return new OrtFailure(
        "%s failed: %s".formatted(doing, said == null ? cause.toString() : clean(said)), cause);
  }

  static String clean(String message) {
    String text = ERROR_CODE.matcher(message).replaceAll("");
    text = STATUS.matcher(text).replaceAll("node \"$2\" ($1): ");
    text = SOURCE.matcher(text).replaceAll("");
    return text.replace("\n", " ").replaceAll("\\s+", " ").strip();
  }
}
