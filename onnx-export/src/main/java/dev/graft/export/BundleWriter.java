package dev.graft.export;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.format.SafetensorsWriter;
import dev.graft.adapter.format.TensorDtype;
import dev.graft.export.Manifest.FileEntry;
import dev.graft.files.Digests;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.ExternalData;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Writes the files of a bundle into an empty directory and notes what it wrote. */
final class BundleWriter {
  /** Smaller constants are written into each graph; sharing them is not worth a mapping. */
  private static final long SMALLEST_SHARED_BYTES = 1024;

  private final Path directory;
  private final Map<String, FileEntry> files = new TreeMap<>();

  BundleWriter(Path directory) {
    this.directory = directory;
  }

  /** What has been written so far, the manifest excepted. */
  Map<String, FileEntry> files() {
    return Collections.unmodifiableMap(files);
  }

  /** Copies a file and returns its digest. */
  String copy(Path from, String name) throws IOException {
    Files.copy(from, directory.resolve(name));
    return register(name).sha256();
  }

  /** Writes the weights of all graphs once, then the graphs, which refer to them. */
  void writeGraphs(Map<BundleGraph, Graph> graphs) throws IOException {
    Map<String, Tensor> shared = new LinkedHashMap<>();
    for (Graph graph : graphs.values()) {
      graph.initializers().forEach((name, tensor) -> addShared(shared, name, tensor));
    }
    ExternalData.Written weights =
        ExternalData.write(shared, directory.resolve(Bundle.WEIGHTS_FILE), SMALLEST_SHARED_BYTES);
    Map<String, Tensor> stored = weights.tensors();
    files.put(
        Bundle.WEIGHTS_FILE, new FileEntry(weights.sizeBytes(), "sha256:" + weights.sha256()));
    for (Map.Entry<BundleGraph, Graph> entry : graphs.entrySet()) {
      Map<String, Tensor> initializers = new LinkedHashMap<>(entry.getValue().initializers());
      initializers.replaceAll(
          (name, tensor) -> isShared(tensor) ? stored.getOrDefault(name, tensor) : tensor);
      String file = entry.getKey().fileName();
      OnnxWriter.write(
          Model.of(entry.getValue().withInitializers(initializers)), directory.resolve(file));
      register(file);
    }
  }

  /** Writes the head that came with the model, if it has weights. */
  void writeHead(Map<String, FloatTensor> weights) throws IOException {
    if (!weights.isEmpty()) {
      SafetensorsWriter.write(
          directory.resolve(Bundle.HEAD_FILE), weights, Map.of("format", "pt"), TensorDtype.F32);
      register(Bundle.HEAD_FILE);
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
    Path file = directory.resolve(name);
    FileEntry entry = new FileEntry(Files.size(file), Digests.ofFile(file));
    files.put(name, entry);
    return entry;
  }

  /** Writes the manifest, the last file of a bundle. */
  void writeManifest(Manifest manifest) throws IOException {
    Files.write(
        directory.resolve(Bundle.MANIFEST_FILE),
        ManifestJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
  }
}
