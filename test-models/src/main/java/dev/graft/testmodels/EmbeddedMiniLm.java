package dev.graft.testmodels;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The default encoder: all-MiniLM-L6-v2 as its Maven artifact carries it (6 layers, 384 hidden
 * units, fp32, opset 11, 90 MB) with its tokenizer.
 */
public final class EmbeddedMiniLm {
  /** File name of the model in the folder. */
  public static final String MODEL = "all-minilm-l6-v2.onnx";

  /** File name of the tokenizer in the folder. */
  public static final String TOKENIZER = "tokenizer.json";

  private EmbeddedMiniLm() {}

  /**
   * Copy model and tokenizer out of the jar into a folder, which is made if it is missing. Each
   * file appears when it is complete; files that are there already are replaced.
   *
   * @return the model's path; the tokenizer lies beside it
   */
  public static Path extract(Path folder) throws IOException {
    Files.createDirectories(folder);
    copy("/all-minilm-l6-v2-tokenizer.json", folder.resolve(TOKENIZER));
    Path model = folder.resolve(MODEL);
    copy("/all-minilm-l6-v2.onnx", model);
    return model;
  }

  static void copy(String resource, Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path part = Files.createTempFile(folder, ".graft-", ".part");
    try (InputStream in = EmbeddedMiniLm.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("'%s' is not on the class path".formatted(resource));
      }
      Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
