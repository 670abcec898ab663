package dev.graft.export;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.export.Manifest.FileEntry;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.ExternalData;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Writes a bundle into a hidden directory beside its target and renames it when it is complete. An
 * unfinished one is removed by {@link #close()}.
 */
final class BundleWriter implements AutoCloseable {
  /** Smaller constants are written into each graph; sharing them is not worth a mapping. */
  private static final long SMALLEST_SHARED_BYTES = 1024;

  private final Path target;
  private final Path work;
  private final Map<String, FileEntry> files = new TreeMap<>();

  private BundleWriter(Path target, Path work) {
    this.target = target;
    this.work = work;
  }

  static BundleWriter create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = parentOf(absolute);
    Files.createDirectories(parent);
    Path work = Files.createTempDirectory(parent, "." + absolute.getFileName() + ".");
    return new BundleWriter(absolute, work);
  }

  private static Path parentOf(Path target) throws BundleException {
    Path parent = target.getParent();
    if (parent == null) {
      throw new BundleException(target, "is a file system root; name a new directory");
    }
    return parent;
  }

  /** What has been written so far, the manifest excepted. */
  Map<String, FileEntry> files() {
    return Collections.unmodifiableMap(files);
  }

  /** Copies a file and returns its digest. */
  String copy(Path from, String name) throws IOException {
    Files.copy(from, work.resolve(name));
    return register(name).sha256();
  }

  /** Writes the weights of all graphs once, then the graphs, which refer to them. */
  void writeGraphs(Map<BundleGraph, Graph> graphs) throws IOException {
    Map<String, Tensor> shared = new LinkedHashMap<>();
    for (Graph graph : graphs.values()) {
      graph.initializers().forEach((name, tensor) -> addShared(shared, name, tensor));
    }
    Map<String, Tensor> stored =
        ExternalData.write(shared, work.resolve(Bundle.WEIGHTS_FILE), SMALLEST_SHARED_BYTES)
            .tensors();
    register(Bundle.WEIGHTS_FILE);
    for (Map.Entry<BundleGraph, Graph> entry : graphs.entrySet()) {
      Map<String, Tensor> initializers = new LinkedHashMap<>(entry.getValue().initializers());
      initializers.replaceAll(
          (name, tensor) -> isShared(tensor) ? stored.getOrDefault(name, tensor) : tensor);
      String file = entry.getKey().fileName();
      OnnxWriter.write(
          Model.of(entry.getValue().withInitializers(initializers)), work.resolve(file));
      register(file);
    }
  }

  private static boolean isShared(Tensor tensor) {
    return tensor.data().sizeBytes() >= SMALLEST_SHARED_BYTES;
  }

  private static void addShared(Map<String, Tensor> shared, String name, Tensor tensor) {
    if (!isShared(tensor)) {
      return;
    }
    Tensor known = shared.putIfAbsent(name, tensor);
    if (known != null && !known.equals(tensor) && !known.sameContent(tensor)) {
      throw new IllegalStateException("two graphs give '%s' different contents".formatted(name));
    }
  }

  private FileEntry register(String name) throws IOException {
    Path file = work.resolve(name);
    FileEntry entry = new FileEntry(Files.size(file), Digests.ofFile(file));
    files.put(name, entry);
    return entry;
  }

  /** Writes the manifest and makes the bundle visible. */
  void commit(Manifest manifest) throws IOException {
    JsonMapper json = ManifestJson.mapper();
    Path file = work.resolve(Bundle.MANIFEST_FILE);
    Files.write(file, json.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
    try (Stream<Path> entries = Files.list(work)) {
      for (Path entry : entries.toList()) {
        force(entry);
      }
    }
    Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
    force(parentOf(target));
  }

  /** Makes a file or the entries of a directory durable, where the file system can. */
  private static void force(Path path) throws IOException {
    if (Files.isDirectory(path) && path.getFileSystem().getSeparator().equals("\\")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (!Files.exists(work)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(work)) {
      List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
