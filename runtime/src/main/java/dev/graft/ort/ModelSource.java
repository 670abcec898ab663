package dev.graft.ort;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A model to open: its graph's bytes and where its weights are.
 *
 * @param name what messages call it, usually its path
 * @param graph the bytes of the {@code ModelProto}, in a direct buffer
 * @param folder the folder that external data is resolved against; ONNX Runtime refuses locations
 *     outside it
 * @param weights weights shared with other models, in place of the file's
 */
public record ModelSource(
    String name, ByteBuffer graph, Optional<Path> folder, Optional<ExternalWeights> weights) {
  public ModelSource {
    if (!graph.isDirect()) {
      throw new IllegalArgumentException(
          "graph bytes of \"%s\" must lie in a direct buffer".formatted(name));
    }
    graph = graph.asReadOnlyBuffer();
  }

  /** Use a graph in memory. */
  public static ModelSource of(String name, byte[] graph) {
    ByteBuffer direct = ByteBuffer.allocateDirect(graph.length).put(graph).flip();
    return new ModelSource(name, direct, Optional.empty(), Optional.empty());
  }

  /** Map a model file; external data is resolved against its folder. */
  public static ModelSource file(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new IOException(
            "model \"%s\" has %d bytes, expected less than 2 GiB; keep its weights as external data"
                .formatted(file, channel.size()));
      }
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      return new ModelSource(
          file.toString(),
          mapped,
          Optional.ofNullable(file.toAbsolutePath().getParent()),
          Optional.empty());
    }
  }

  public ModelSource withFolder(Path value) {
    return new ModelSource(name, graph, Optional.of(value), weights);
  }

  /** Use these weights for the initializers of their names. */
  public ModelSource withWeights(ExternalWeights value) {
    return new ModelSource(name, graph, folder, Optional.of(value));
  }

  @Override
  public ByteBuffer graph() {
    return graph.duplicate();
  }
}
