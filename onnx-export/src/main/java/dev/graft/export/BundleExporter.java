package dev.graft.export;

import dev.graft.adapter.ModuleMatcher;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraConfigBuilder;
import dev.graft.export.Manifest.FileEntry;
import dev.graft.files.AtomicFiles;
import dev.graft.inject.OptimizerGraph;
import dev.graft.inject.TaskGraphs;
import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import dev.graft.onnx.io.OnnxReader;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes an artifact bundle of a pretrained encoder. Exporting twice gives identical bytes. */
public final class BundleExporter {
  /** What most encoders were trained with, for a model that does not say. */
  private static final int FALLBACK_MAX_LENGTH = 512;

  private BundleExporter() {}

  /**
   * Exports a model into a new directory, which appears only when it is complete.
   *
   * @param tokenizer a Hugging Face {@code tokenizer.json}; found beside the model where absent
   * @throws FileAlreadyExistsException if {@code target} exists
   * @throws IOException if the model is no ONNX file, or a file cannot be read or written
   * @throws IllegalArgumentException if the model is no text encoder or no module matches
   */
  public static ExportReport export(
      Path model, Optional<Path> tokenizer, ExportOptions options, Path target) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "already exists; choose another directory or remove it first");
    }
    Path tokenizerFile = requireTokenizer(model, tokenizer);
    BaseEncoder base = BaseEncoder.of(OnnxReader.read(model), options.pooling());
    List<LinearModule> slots = chooseSlots(base.modules(), options);
    Map<BundleGraph, Graph> graphs = graphs(base, slots, options);
    int maxLength = maxLength(base, options);
    AtomicFiles.writeDirectory(
        target,
        false,
        work -> {
          BundleWriter writer = new BundleWriter(work);
          String tokenizerDigest = writer.copy(tokenizerFile, Bundle.TOKENIZER_FILE);
          writer.writeGraphs(graphs);
          writer.writeManifest(
              manifest(base, slots, options, maxLength, tokenizerDigest, writer.files()));
          return target;
        });
    return new ExportReport(Bundle.open(target), base, slots);
  }

  private static Path requireTokenizer(Path model, Optional<Path> tokenizer) throws IOException {
    Path file = tokenizer.orElseGet(() -> model.resolveSibling(Bundle.TOKENIZER_FILE));
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(
          file.toString(),
          null,
          tokenizer.isPresent()
              ? "check the path of the tokenizer"
              : "put the model's tokenizer.json beside it, or give its place with --tokenizer");
    }
    return file;
  }

  /** The modules that get a slot, in graph order. */
  private static List<LinearModule> chooseSlots(List<LinearModule> modules, ExportOptions options) {
    LoraConfigBuilder rules = LoraConfig.builder().targets(options.targets());
    options.excludeModules().ifPresent(rules::excludeModules);
    List<String> paths = modules.stream().map(LinearModule::path).toList();
    Set<String> chosen = new HashSet<>(ModuleMatcher.of(rules.build()).match(paths));
    return modules.stream().filter(m -> chosen.contains(m.path())).toList();
  }

  private static Map<BundleGraph, Graph> graphs(
      BaseEncoder base, List<LinearModule> slots, ExportOptions options) {
    TaskGraphs assembly =
        new TaskGraphs(base.graph(), base.signature(), base.hiddenSize(), options.pooling(), slots);
    Map<BundleGraph, Graph> graphs = new EnumMap<>(BundleGraph.class);
    boolean trains = options.task() == Task.TEXT_CLASSIFICATION;
    if (trains) {
      Graph eval = assembly.eval();
      graphs.put(BundleGraph.EVAL, eval);
      graphs.put(BundleGraph.TRAINING, assembly.training(eval));
      graphs.put(BundleGraph.OPTIMIZER, OptimizerGraph.adamW());
    }
    graphs.put(BundleGraph.INFERENCE, assembly.inference(trains));
    return graphs;
  }

  private static int maxLength(BaseEncoder base, ExportOptions options) {
    int positions = base.positions().orElse(FALLBACK_MAX_LENGTH);
    int maxLength = options.maxLength().orElse(positions);
    if (maxLength > positions && base.positions().isPresent()) {
      throw new IllegalArgumentException(
          "max length %d is over the %d positions of the base model; choose at most %d"
              .formatted(maxLength, positions, positions));
    }
    return maxLength;
  }

  private static Manifest manifest(
      BaseEncoder base,
      List<LinearModule> slots,
      ExportOptions options,
      int maxLength,
      String tokenizerDigest,
      Map<String, FileEntry> files) {
    return new Manifest(
        Manifest.FORMAT_VERSION,
        producer(),
        options.task(),
        options.pooling(),
        base.digest(),
        Optional.of(tokenizerDigest),
        base.hiddenSize(),
        maxLength,
        base.signature().inputs(),
        slots.stream().map(m -> new Slot(m.path(), m.in(), m.out())).toList(),
        base.patterns(),
        files);
  }

  private static String producer() {
    String version = BundleExporter.class.getPackage().getImplementationVersion();
    return version == null ? "graft" : "graft " + version;
  }
}
