package dev.graft.export;

import dev.graft.adapter.ModuleMatcher;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraConfigBuilder;
import dev.graft.files.AtomicFiles;
import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/** Makes an artifact bundle of a pretrained model. Exporting twice gives identical bytes. */
public final class BundleExporter {
  /** What most encoders were trained with, for a model that does not say. */
  private static final int FALLBACK_MAX_LENGTH = 512;

  private BundleExporter() {}

  /**
   * Exports a model into a new directory, which appears only when it is complete.
   *
   * @param model an {@code .onnx} file or a checkpoint directory, see {@link BaseSources#of}
   * @param tokenizer a Hugging Face {@code tokenizer.json}; found beside the model where absent
   * @throws FileAlreadyExistsException if {@code target} exists
   * @throws IOException if the model or its files cannot be read, or a file cannot be written
   * @throws IllegalArgumentException if the model is of no use for the task, or no module matches
   */
  public static ExportReport export(
      Path model, Optional<Path> tokenizer, ExportOptions options, Path target) throws IOException {
    requireAbsent(target);
    return export(BaseSources.of(model, tokenizer, options.task()), options, target);
  }

  /** As {@link #export(Path, Optional, ExportOptions, Path)}, of a model that was found already. */
  public static ExportReport export(BaseSource source, ExportOptions options, Path target)
      throws IOException {
    requireAbsent(target);
    if (source.decoder().isPresent()) {
      refuseHead(options);
      BaseDecoder base = BaseDecoder.of(source.model(), source.decoder().get());
      List<LinearModule> slots = chooseSlots(base.modules(), options, base.head());
      Map<BundleGraph, Graph> graphs = GraphSets.of(base, slots, options);
      return write(source, base, slots, options, Optional.empty(), graphs, target);
    }
    HeadChoice head = HeadChoice.of(source, options);
    BaseEncoder base = BaseEncoder.of(source.model(), head.pooling());
    List<LinearModule> slots = chooseSlots(base.modules(), options, Optional.empty());
    Map<BundleGraph, Graph> graphs = GraphSets.of(base, slots, head);
    return write(source, base, slots, options, Optional.of(head), graphs, target);
  }

  private static void refuseHead(ExportOptions options) {
    if (options.head().isPresent()) {
      throw new IllegalArgumentException(
          "a head is for %s, and a decoder has its own; leave --head out"
              .formatted(Task.TEXT_CLASSIFICATION.text()));
    }
  }

  private static ExportReport write(
      BaseSource source,
      BaseModel base,
      List<LinearModule> slots,
      ExportOptions options,
      Optional<HeadChoice> head,
      Map<BundleGraph, Graph> graphs,
      Path target)
      throws IOException {
    Manifest plan = manifest(source, base, slots, options, head);
    AtomicFiles.writeDirectory(
        target,
        false,
        work -> {
          BundleWriter writer = new BundleWriter(work);
          String tokenizerDigest = writer.copy(source.tokenizer(), Bundle.TOKENIZER_FILE);
          for (Map.Entry<String, Path> file : new TreeMap<>(source.sideFiles()).entrySet()) {
            writer.copy(file.getValue(), file.getKey());
          }
          writer.writeGraphs(graphs);
          writer.writeHead(head.map(HeadChoice::weights).orElse(Map.of()));
          writer.writeManifest(plan.withFiles(tokenizerDigest, writer.files()));
          return target;
        });
    return new ExportReport(Bundle.open(target), base, slots);
  }

  private static void requireAbsent(Path target) throws FileAlreadyExistsException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "already exists; choose another directory or remove it first");
    }
  }

  /**
   * The modules that get a slot, in graph order.
   *
   * @param head the module that all-linear leaves out, as PEFT does
   */
  private static List<LinearModule> chooseSlots(
      List<LinearModule> modules, ExportOptions options, Optional<String> head) {
    LoraConfigBuilder rules = LoraConfig.builder().targets(options.targets());
    options.excludeModules().ifPresent(rules::excludeModules);
    List<String> paths = modules.stream().map(LinearModule::path).toList();
    ModuleMatcher matcher = ModuleMatcher.of(rules.build());
    Set<String> chosen =
        new HashSet<>(head.map(h -> matcher.match(paths, h)).orElseGet(() -> matcher.match(paths)));
    return modules.stream().filter(m -> chosen.contains(m.path())).toList();
  }

  private static int maxLength(BaseSource source, BaseModel base, ExportOptions options) {
    OptionalInt known = source.positions().isPresent() ? source.positions() : base.positions();
    int positions = known.orElse(FALLBACK_MAX_LENGTH);
    int maxLength = options.maxLength().orElse(positions);
    if (maxLength > positions && known.isPresent()) {
      throw new IllegalArgumentException(
          "max length %d is over the %d positions of the base model; choose at most %d"
              .formatted(maxLength, positions, positions));
    }
    return maxLength;
  }

  /** The manifest, but for what is known only once the files are written. */
  private static Manifest manifest(
      BaseSource source,
      BaseModel base,
      List<LinearModule> slots,
      ExportOptions options,
      Optional<HeadChoice> head) {
    return new Manifest(
        Manifest.FORMAT_VERSION,
        producer(),
        options.task(),
        head.map(HeadChoice::pooling),
        head.flatMap(HeadChoice::head),
        head.map(HeadChoice::labels).orElse(List.of()),
        source.decoder(),
        GraphSets.adapterTypes(options),
        base.digest(),
        Optional.empty(),
        base.hiddenSize(),
        maxLength(source, base, options),
        base.inputs(),
        slots.stream().map(m -> new Slot(m.path(), m.in(), m.out())).toList(),
        base.patterns(),
        Map.of());
  }

  private static String producer() {
    String version = BundleExporter.class.getPackage().getImplementationVersion();
    return version == null ? "graft" : "graft " + version;
  }
}
