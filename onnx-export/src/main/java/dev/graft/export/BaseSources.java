package dev.graft.export;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.family.PretrainedModel;
import dev.graft.module.DecoderInfo;
import dev.graft.onnx.io.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds a pretrained model and its files where people keep them. */
public final class BaseSources {
  private BaseSources() {}

  /**
   * A checkpoint directory of Hugging Face, or an {@code .onnx} file with its tokenizer beside it.
   * A decoder's {@code .onnx} has the {@code config.json} of its checkpoint beside it too.
   *
   * @param tokenizer its {@code tokenizer.json}; the one beside the model where absent
   * @param task decides what an {@code .onnx} file is taken for
   * @throws IOException if a file is missing, damaged, or of a model that is not supported
   * @throws IllegalArgumentException if a checkpoint's model is of no use for the task
   */
  public static BaseSource of(Path path, Optional<Path> tokenizer, Task task) throws IOException {
    if (Files.isDirectory(path)) {
      return ofCheckpoint(path, tokenizer, task);
    }
    Path file = tokenizer.orElseGet(() -> path.resolveSibling(Bundle.TOKENIZER_FILE));
    requireTokenizer(file, tokenizer.isPresent());
    return task == Task.TEXT_GENERATION
        ? OnnxDecoderFiles.read(path, file)
        : new BaseSource(
            path.toString(),
            OnnxReader.read(path),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            file,
            Map.of());
  }

  private static BaseSource ofCheckpoint(Path directory, Optional<Path> tokenizer, Task task)
      throws IOException {
    PretrainedModel model = PretrainedModel.read(directory);
    boolean decodes = model.kind() == PretrainedModel.Kind.DECODER;
    if (decodes != (task == Task.TEXT_GENERATION)) {
      throw new IllegalArgumentException(
          decodes
              ? "%s holds a decoder ('%s'), which is of no use for %s; export it for %s"
                  .formatted(directory, model.family(), task.text(), Task.TEXT_GENERATION.text())
              : "%s holds an encoder ('%s'), which generates no text; export it for %s or %s"
                  .formatted(
                      directory,
                      model.family(),
                      Task.TEXT_CLASSIFICATION.text(),
                      Task.FEATURE_EXTRACTION.text()));
    }
    Checkpoint files = model.checkpoint();
    Optional<Path> own = files.file(Bundle.TOKENIZER_FILE);
    Path file = tokenizer.or(() -> own).orElseGet(() -> directory.resolve(Bundle.TOKENIZER_FILE));
    requireTokenizer(file, tokenizer.isPresent());
    Map<String, Path> side = new HashMap<>();
    for (String name : Bundle.SIDE_FILES) {
      if (decodes) {
        files.file(name).ifPresent(found -> side.put(name, found));
      }
    }
    Optional<DecoderInfo> decoder = decodes ? Optional.of(model.decoder()) : Optional.empty();
    return new BaseSource(
        directory.toString(),
        model.model(),
        decoder,
        Optional.of(model),
        OptionalInt.of(model.maxPositions()),
        file,
        side);
  }

  private static void requireTokenizer(Path file, boolean given) throws NoSuchFileException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(
          file.toString(),
          null,
          given
              ? "check the path of the tokenizer"
              : "put the model's tokenizer.json there, or give its place with --tokenizer");
    }
  }
}
