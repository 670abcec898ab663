package dev.graft.checkpoint;

import dev.graft.adapter.format.JsonFields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * A Hugging Face checkpoint directory, its files checked and its weights not yet read.
 *
 * <p>Weights are {@code model.safetensors}, or the shards that {@code model.safetensors.index.json}
 * names. Where both are there the single file counts, as in Transformers. Holds no file open;
 * threads may share it.
 */
public final class Checkpoint {
  /** The file that makes a directory a checkpoint. */
  public static final String CONFIG = "config.json";

  public static final String GENERATION_CONFIG = "generation_config.json";
  public static final String TOKENIZER = "tokenizer.json";
  public static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  public static final String CHAT_TEMPLATE = "chat_template.jinja";

  private final CheckpointFiles files;
  private final SortedMap<String, StoredTensor> tensors;

  private Checkpoint(CheckpointFiles files, SortedMap<String, StoredTensor> tensors) {
    this.files = files;
    this.tensors = tensors;
  }

  /**
   * Check a directory and read what its files say about themselves.
   *
   * @throws CheckpointException if files are missing, contradict each other, or lie elsewhere
   * @throws IOException if a file cannot be read or is no safetensors or JSON file
   */
  public static Checkpoint open(Path directory) throws IOException {
    CheckpointFiles files = new CheckpointFiles(directory);
    files.require(CONFIG, "give the directory of a Hugging Face checkpoint");
    return new Checkpoint(files, CheckpointTensors.read(files));
  }

  public Path directory() {
    return files.directory();
  }

  /** All tensors by their names in the checkpoint. */
  public SortedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  /**
   * One of the other files by its plain name, if it is there.
   *
   * @throws CheckpointException if it is a link out of the directory, or no regular file
   */
  public Optional<Path> file(String name) throws IOException {
    return files.find(name);
  }

  /** The fields of {@code config.json}. */
  public JsonFields config() throws IOException {
    return JsonFields.of(files.require(CONFIG, "download it again"));
  }

  /** The fields of {@code generation_config.json}, if it is there. */
  public Optional<JsonFields> generationConfig() throws IOException {
    Optional<Path> file = files.find(GENERATION_CONFIG);
    return file.isEmpty() ? Optional.empty() : Optional.of(JsonFields.of(file.get()));
  }

  /** The largest token id of {@code tokenizer.json}, if the file is there and has any. */
  public OptionalLong largestTokenId() throws IOException {
    Optional<Path> file = files.find(TOKENIZER);
    return file.isEmpty() ? OptionalLong.empty() : TokenizerIds.largest(file.get());
  }
}
