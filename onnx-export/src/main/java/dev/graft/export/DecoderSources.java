package dev.graft.export;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.family.PretrainedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Finds a decoder and its files where people keep them. */
public final class DecoderSources {
  private DecoderSources() {}

  /**
   * A checkpoint directory of Hugging Face, or an {@code .onnx} file beside the {@code config.json}
   * of its checkpoint.
   *
   * @param tokenizer its {@code tokenizer.json}; the one in the directory where absent
   * @throws IOException if a file is missing, damaged, or of a model that is not supported
   */
  public static DecoderSource of(Path path, Optional<Path> tokenizer) throws IOException {
    return Files.isDirectory(path)
        ? ofCheckpoint(path, tokenizer)
        : OnnxDecoderFiles.read(path, tokenizer);
  }

  private static DecoderSource ofCheckpoint(Path directory, Optional<Path> tokenizer)
      throws IOException {
    PretrainedModel model = PretrainedModel.read(directory);
    if (model.kind() != PretrainedModel.Kind.DECODER) {
      throw new IllegalArgumentException(
          "%s holds a '%s', which is an encoder; export it for %s or %s"
              .formatted(
                  directory,
                  model.family(),
                  Task.TEXT_CLASSIFICATION.text(),
                  Task.FEATURE_EXTRACTION.text()));
    }
    Checkpoint files = model.checkpoint();
    Optional<Path> found = tokenizer.isPresent() ? tokenizer : files.file(Bundle.TOKENIZER_FILE);
    Path tokenizerFile =
        found.orElseThrow(
            () ->
                new NoSuchFileException(
                    directory.resolve(Bundle.TOKENIZER_FILE).toString(),
                    null,
                    "put the model's tokenizer.json there, or give its place with --tokenizer"));
    Map<String, Path> side = new HashMap<>();
    for (String name : Bundle.SIDE_FILES) {
      files.file(name).ifPresent(file -> side.put(name, file));
    }
    return new DecoderSource(
        directory.toString(), model.model(), model.decoder(), tokenizerFile, side);
  }
}
