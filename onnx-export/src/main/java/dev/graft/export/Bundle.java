package dev.graft.export;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.format.Safetensors;
import dev.graft.adapter.format.SafetensorsEntry;
import dev.graft.export.AdapterBinding.Head;
import dev.graft.export.Manifest.FileEntry;
import dev.graft.files.Digests;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadLayer;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An artifact bundle on disk. Holds no native memory and no open files; threads may share it.
 *
 * <p>Opening checks that every file is there with the size the manifest gives; {@link #verify()}
 * reads everything and checks the digests.
 */
public final class Bundle {
  public static final String MANIFEST_FILE = "manifest.json";
  public static final String WEIGHTS_FILE = "weights.bin";
  public static final String TOKENIZER_FILE = "tokenizer.json";

  /** The weights of a head that came with the model, by PEFT's names. */
  public static final String HEAD_FILE = "head.safetensors";

  public static final String TOKENIZER_CONFIG_FILE = "tokenizer_config.json";
  public static final String CHAT_TEMPLATE_FILE = "chat_template.jinja";

  /** Files of a decoder's checkpoint that a bundle keeps, where there are any. */
  public static final List<String> SIDE_FILES =
      List.of(TOKENIZER_CONFIG_FILE, CHAT_TEMPLATE_FILE, "config.json", "generation_config.json");

  private final Path directory;
  private final Manifest manifest;

  private Bundle(Path directory, Manifest manifest) {
    this.directory = directory;
    this.manifest = manifest;
  }

  /**
   * Opens a bundle.
   *
   * @throws BundleException if the directory is no bundle, is of another format version, or a file
   *     is missing or of another size
   */
  public static Bundle open(Path directory) throws IOException {
    Path file = directory.resolve(MANIFEST_FILE);
    if (!Files.isRegularFile(file)) {
      throw new BundleException(
          directory,
          Files.isDirectory(directory)
              ? "has no manifest.json, so it is no bundle; make one with 'graft export'"
              : "no such directory; make a bundle with 'graft export'");
    }
    Bundle bundle = new Bundle(directory.toAbsolutePath().normalize(), ManifestJson.read(file));
    bundle.checkSizes();
    return bundle;
  }

  private void checkSizes() throws IOException {
    for (Map.Entry<String, FileEntry> entry : manifest.files().entrySet()) {
      Path file = file(entry.getKey());
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new BundleException(file, "is missing or no regular file, but the manifest lists it");
      }
      long found = Files.size(file);
      if (found != entry.getValue().sizeBytes()) {
        throw new BundleException(
            file,
            "has %d bytes, the manifest says %d; the bundle is damaged, export the model again"
                .formatted(found, entry.getValue().sizeBytes()));
      }
    }
    List<String> required =
        new ArrayList<>(List.of(WEIGHTS_FILE, BundleGraph.INFERENCE.fileName()));
    manifest.tokenizerDigest().ifPresent(digest -> required.add(TOKENIZER_FILE));
    for (String name : required) {
      if (!manifest.files().containsKey(name)) {
        throw new BundleException(
            directory.resolve(MANIFEST_FILE), "does not list '%s'".formatted(name));
      }
    }
  }

  /** A file of the bundle; names come from an untrusted manifest. */
  private Path file(String name) throws BundleException {
    Path file;
    try {
      file = directory.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new BundleException(
          directory.resolve(MANIFEST_FILE), "'%s' is no file name".formatted(name), e);
    }
    if (!directory.equals(file.getParent())) {
      throw new BundleException(
          directory.resolve(MANIFEST_FILE), "file name '%s' leaves the bundle".formatted(name));
    }
    return file;
  }

  /**
   * Reads every file and compares it with the manifest.
   *
   * @throws BundleException naming the first file that differs
   */
  public void verify() throws IOException {
    for (Map.Entry<String, FileEntry> entry : manifest.files().entrySet()) {
      Path file = file(entry.getKey());
      String found = Digests.ofFile(file);
      if (!found.equals(entry.getValue().sha256())) {
        throw new BundleException(
            file,
            "has digest %s, the manifest says %s; its bytes were changed, export the model again"
                .formatted(found, entry.getValue().sha256()));
      }
    }
  }

  public Path directory() {
    return directory;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The tokenizer's {@code tokenizer.json}. */
  public Path tokenizer() {
    return directory.resolve(TOKENIZER_FILE);
  }

  /** The folder with the model's chat template, if the bundle has one. */
  public Optional<Path> chatTemplate() {
    boolean has =
        manifest.files().containsKey(CHAT_TEMPLATE_FILE)
            || manifest.files().containsKey(TOKENIZER_CONFIG_FILE);
    return has ? Optional.of(directory) : Optional.empty();
  }

  /**
   * The head that came with the model, by which the base classifies without an adapter.
   *
   * @throws BundleException if its file does not hold the head that the manifest describes
   */
  public Optional<Head> head() throws IOException {
    if (!manifest.files().containsKey(HEAD_FILE) || manifest.head().isEmpty()) {
      return Optional.empty();
    }
    ClassificationHead head = manifest.head().get();
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    try (Safetensors file = Safetensors.open(file(HEAD_FILE))) {
      for (HeadLayer layer : head.layers()) {
        List<Long> shape =
            head.weightShape(layer, manifest.hiddenSize(), manifest.headLabels().size());
        tensors.put(layer.weight(), part(file, layer.weight(), shape));
        tensors.put(layer.bias(), part(file, layer.bias(), shape.subList(0, 1)));
      }
    }
    return Optional.of(new Head(tensors, manifest.headLabels()));
  }

  private static FloatTensor part(Safetensors file, String name, List<Long> shape)
      throws IOException {
    SafetensorsEntry entry = file.entries().get(name);
    if (entry == null || !entry.shape().equals(shape)) {
      throw new BundleException(
          file.path(),
          "'%s' has shape %s, the manifest says %s; the bundle is damaged, export the model again"
              .formatted(name, entry == null ? "none" : entry.shape(), shape));
    }
    return file.floats(name);
  }

  /** Whether this bundle has a graph. */
  public boolean has(BundleGraph graph) {
    return manifest.files().containsKey(graph.fileName());
  }

  /**
   * Reads a graph with every slot; its large weights refer to the bundle's weights file.
   *
   * @throws BundleException if a bundle of this task has no such graph
   */
  public Model model(BundleGraph graph) throws IOException {
    if (!has(graph)) {
      throw new BundleException(
          directory,
          "a bundle for %s has no %s; has %s"
              .formatted(
                  manifest.task().text(),
                  graph.fileName(),
                  Arrays.stream(BundleGraph.values())
                      .filter(this::has)
                      .map(BundleGraph::fileName)
                      .toList()));
    }
    return OnnxReader.read(file(graph.fileName()));
  }
}
