package dev.graft.checkpoint;

import dev.graft.adapter.format.Safetensors;
import dev.graft.adapter.format.SafetensorsEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Collects the tensors of one file, or of the shards that an index names. */
final class CheckpointTensors {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  private CheckpointTensors() {}

  static SortedMap<String, StoredTensor> read(CheckpointFiles files) throws IOException {
    Optional<Path> single = files.find(SINGLE);
    if (single.isPresent()) {
      SortedMap<String, StoredTensor> tensors = new TreeMap<>();
      addAll(tensors, single.get());
      return Collections.unmodifiableSortedMap(tensors);
    }
    Optional<Path> index = files.find(INDEX);
    if (index.isEmpty()) {
      files.require(
          SINGLE,
          "save the model as safetensors (Transformers' save_pretrained does), or download all of"
              + " its files");
    }
    return Collections.unmodifiableSortedMap(sharded(files, index.orElseThrow()));
  }

  private static SortedMap<String, StoredTensor> sharded(CheckpointFiles files, Path index)
      throws IOException {
    SortedMap<String, String> shardOf = ShardIndex.read(index);
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    SortedMap<String, String> foundIn = new TreeMap<>();
    for (String shard : new TreeSet<>(shardOf.values())) {
      addAll(tensors, files.require(shard, "download the missing shard that the index names"));
      tensors.keySet().forEach(name -> foundIn.putIfAbsent(name, shard));
    }
    for (String name : tensors.keySet()) {
      String said = shardOf.get(name);
      if (!Objects.equals(said, foundIn.get(name))) {
        throw new CheckpointException(
            index,
            "%s, but it is in %s; index and shards are not of one model"
                .formatted(
                    said == null
                        ? "does not name tensor '%s'".formatted(name)
                        : "says that tensor '%s' is in %s".formatted(name, said),
                    foundIn.get(name)));
      }
    }
    for (String name : shardOf.keySet()) {
      if (!tensors.containsKey(name)) {
        throw new CheckpointException(
            index,
            "says that tensor '%s' is in %s, but it is not there; index and shards are not of one model"
                .formatted(name, shardOf.get(name)));
      }
    }
    return tensors;
  }

  private static void addAll(SortedMap<String, StoredTensor> tensors, Path file)
      throws IOException {
    try (Safetensors open = Safetensors.open(file)) {
      for (SafetensorsEntry entry : open.entries().values()) {
        StoredTensor other = tensors.putIfAbsent(entry.name(), StoredTensor.of(file, entry));
        if (other != null) {
          throw new CheckpointException(
              file,
              "holds tensor '%s', and so does %s; a tensor belongs to one shard"
                  .formatted(entry.name(), other.file().getFileName()));
        }
      }
    }
  }
}
