package dev.graft.onnx.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The real model that tests work on: a TorchScript export with 90 MB of weights inline. */
public final class MiniLm {
  private MiniLm() {}

  /** Copies the model into a folder. */
  public static Path extract(Path folder) throws IOException {
    Path file = folder.resolve("all-minilm-l6-v2.onnx");
    try (InputStream in = MiniLm.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
      if (in == null) {
        throw new IOException("the test class path has no all-minilm-l6-v2.onnx");
      }
      Files.copy(in, file);
    }
    return file;
  }
}
