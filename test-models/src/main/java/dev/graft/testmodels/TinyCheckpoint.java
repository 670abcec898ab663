package dev.graft.testmodels;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.format.SafetensorsWriter;
import dev.graft.adapter.format.TensorDtype;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A checkpoint that is about to be written; see {@link TinyCheckpoints}. */
public final class TinyCheckpoint {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String modelType;
  private final ObjectNode config;
  private final List<Consumer<SortedMap<String, FloatTensor>>> changes = new ArrayList<>();
  private long seed = 7;
  private TensorDtype dtype = TensorDtype.F32;
  private int shards = 1;

  TinyCheckpoint(String modelType) {
    this.modelType = modelType;
    this.config = TinyConfigs.of(modelType);
  }

  /** Other random weights. */
  public TinyCheckpoint seed(long value) {
    this.seed = value;
    return this;
  }

  /** How the weights are stored: F32, F16 or BF16. */
  public TinyCheckpoint stored(TensorDtype value) {
    this.dtype = value;
    return this;
  }

  /** How many files the weights are spread over; more than one get an index. */
  public TinyCheckpoint shards(int count) {
    this.shards = count;
    return this;
  }

  /** Sets a field of the configuration; sizes change the tensors with them. */
  public TinyCheckpoint with(String field, Object value) {
    config.set(field, JSON.valueToTree(value));
    return this;
  }

  /** Removes a field of the configuration. */
  public TinyCheckpoint without(String field) {
    config.remove(field);
    return this;
  }

  /** Changes the tensors before they are written, by their names in the checkpoint. */
  public TinyCheckpoint tensors(Consumer<SortedMap<String, FloatTensor>> change) {
    changes.add(change);
    return this;
  }

  /**
   * Writes the directory, which is made if it is missing.
   *
   * @return {@code folder}
   */
  public Path write(Path folder) throws IOException {
    writeSideFiles(folder);
    writeWeights(folder, tensors());
    return folder;
  }

  /**
   * Writes a Llama decoder as another program's export: {@code model.onnx} as Optimum makes it, and
   * the checkpoint's small files beside it.
   *
   * @return the model's path
   */
  public Path writeOnnx(Path folder) throws IOException {
    if (!modelType.equals("llama")) {
      throw new IllegalArgumentException("no tiny .onnx of '%s'".formatted(modelType));
    }
    writeSideFiles(folder);
    Path model = folder.resolve("model.onnx");
    OnnxWriter.write(new OptimumWriter(config, tensors()).build(), model);
    return model;
  }

  private void writeSideFiles(Path folder) throws IOException {
    writeConfig(folder);
    boolean encoder = TinyCheckpoints.ENCODERS.contains(modelType);
    Files.writeString(
        folder.resolve("tokenizer.json"),
        encoder ? TinyTokenizer.json() : TinyByteTokenizer.bytesOnly());
    if (!encoder) {
      writeDecoderFiles(folder);
    }
  }

  private SortedMap<String, FloatTensor> tensors() {
    SortedMap<String, FloatTensor> tensors = new TinyWeights(config, seed).make();
    changes.forEach(change -> change.accept(tensors));
    return tensors;
  }

  /** Writes nothing but {@code config.json}, so that it need not agree with any tensors. */
  public void writeConfig(Path folder) throws IOException {
    Files.createDirectories(folder);
    writeJson(folder, "config.json", config);
  }

  private static void writeDecoderFiles(Path folder) throws IOException {
    ObjectNode generation = JSON.createObjectNode();
    generation.put("bos_token_id", 1).put("pad_token_id", 0).putArray("eos_token_id").add(2).add(0);
    writeJson(folder, "generation_config.json", generation);
    writeJson(
        folder,
        "tokenizer_config.json",
        JSON.createObjectNode()
            .put("tokenizer_class", "PreTrainedTokenizerFast")
            .put("bos_token", TinyByteTokenizer.SPECIAL.get(1))
            .put("eos_token", TinyByteTokenizer.SPECIAL.get(2))
            .put("pad_token", TinyByteTokenizer.SPECIAL.get(0))
            .put("model_max_length", TinyConfigs.POSITIONS));
    Files.writeString(folder.resolve("chat_template.jinja"), TinyByteTokenizer.CHAT_TEMPLATE);
  }

  private void writeWeights(Path folder, SortedMap<String, FloatTensor> tensors)
      throws IOException {
    if (shards == 1) {
      write(folder.resolve("model.safetensors"), tensors);
      return;
    }
    ObjectNode index = JSON.createObjectNode();
    index.putObject("metadata").put("total_size", 0);
    ObjectNode map = index.putObject("weight_map");
    List<SortedMap<String, FloatTensor>> parts = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      parts.add(new TreeMap<>());
    }
    int next = 0;
    for (Map.Entry<String, FloatTensor> tensor : tensors.entrySet()) {
      int shard = next++ % shards;
      parts.get(shard).put(tensor.getKey(), tensor.getValue());
      map.put(tensor.getKey(), shardName(shard));
    }
    for (int i = 0; i < shards; i++) {
      write(folder.resolve(shardName(i)), parts.get(i));
    }
    writeJson(folder, "model.safetensors.index.json", index);
  }

  private String shardName(int shard) {
    return "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards);
  }

  private void write(Path file, Map<String, FloatTensor> tensors) throws IOException {
    SafetensorsWriter.write(file, tensors, Map.of("format", "pt"), dtype);
  }

  private static void writeJson(Path folder, String name, ObjectNode content) throws IOException {
    Files.write(
        folder.resolve(name), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
  }
}
