package dev.graft.export;

import java.io.IOException;
import java.nio.file.Path;

/** A directory that is no bundle, or a damaged one. */
public final class BundleException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path path;

  public BundleException(Path path, String problem) {
    super("%s: %s".formatted(path, problem));
    this.path = path;
  }

  public BundleException(Path path, String problem, Throwable cause) {
    super("%s: %s".formatted(path, problem), cause);
    this.path = path;
  }

  /** The file or directory at fault. */
  public Path path() {
    return path;
  }
}
