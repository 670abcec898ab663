package dev.graft.export;

import dev.graft.adapter.ModuleMatcher;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraConfigBuilder;
import dev.graft.files.AtomicFiles;
import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import dev.graft.onnx.io.OnnxReader;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes an artifact bundle of a pretrained model. Exporting twice gives identical bytes. */
public final class BundleExporter {
  /** What most encoders were trained with, for a model that does not say. */
  private static final int FALLBACK_MAX_LENGTH = 512;

  private BundleExporter() {}

  /**
   * Exports an encoder into a new directory, which appears only when it is complete.
   *
   * @param tokenizer a Hugging Face {@code tokenizer.json}; found beside the model where absent
   * @throws FileAlreadyExistsException if {@code target} exists
   * @throws IOException if the model is no ONNX file, or a file cannot be read or written
   * @throws IllegalArgumentException if the model is no text encoder or no module matches
   */
  public static ExportReport export(
      Path model, Optional<Path> tokenizer, ExportOptions options, Path target) throws IOException {
    requireAbsent(target);
    requireEncoderTask(options);
    Path tokenizerFile = requireTokenizer(model, tokenizer);
    BaseEncoder base = BaseEncoder.of(OnnxReader.read(model), options.pooling());
    List<LinearModule> slots = chooseSlots(base.modules(), options, Optional.empty());
    Manifest plan = manifest(base, slots, options);
    return write(
        base, slots, plan, GraphSets.of(base, slots, options), tokenizerFile, Map.of(), target);
  }

  /**
   * Exports a decoder into a new directory, which appears only when it is complete.
   *
   * @throws FileAlreadyExistsException if {@code target} exists
   * @throws IOException if a file cannot be read or written
   * @throws IllegalArgumentException if the graph is no text decoder, or no module matches
   */
  public static ExportReport export(DecoderSource source, ExportOptions options, Path target)
      throws IOException {
    requireAbsent(target);
    if (options.task() != Task.TEXT_GENERATION) {
      throw new IllegalArgumentException(
          "%s is a decoder, which is exported for %s, not for %s"
              .formatted(source.name(), Task.TEXT_GENERATION.text(), options.task().text()));
    }
    BaseDecoder base = BaseDecoder.of(source.model(), source.info());
    List<LinearModule> slots = chooseSlots(base.modules(), options, Optional.of(BaseDecoder.HEAD));
    Manifest plan = manifest(base, slots, options);
    Path tokenizer = requireTokenizer(source.tokenizer(), Optional.of(source.tokenizer()));
    return write(
        base,
        slots,
        plan,
        GraphSets.of(base, slots, options),
        tokenizer,
        source.sideFiles(),
        target);
  }

  private static void requireEncoderTask(ExportOptions options) {
    if (options.task() == Task.TEXT_GENERATION) {
      throw new IllegalArgumentException(
          "an encoder is not exported for %s; use a decoder, or another task"
              .formatted(options.task().text()));
    }
  }

  private static ExportReport write(
      BaseModel base,
      List<LinearModule> slots,
      Manifest plan,
      Map<BundleGraph, Graph> graphs,
      Path tokenizer,
      Map<String, Path> sideFiles,
      Path target)
      throws IOException {
    AtomicFiles.writeDirectory(
        target,
        false,
        work -> {
          BundleWriter writer = new BundleWriter(work);
          String tokenizerDigest = writer.copy(tokenizer, Bundle.TOKENIZER_FILE);
          for (Map.Entry<String, Path> file : new TreeMap<>(sideFiles).entrySet()) {
            writer.copy(file.getValue(), file.getKey());
          }
          writer.writeGraphs(graphs);
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

  private static int maxLength(BaseModel base, ExportOptions options) {
    int positions = base.positions().orElse(FALLBACK_MAX_LENGTH);
    int maxLength = options.maxLength().orElse(positions);
    if (maxLength > positions && base.positions().isPresent()) {
      throw new IllegalArgumentException(
          "max length %d is over the %d positions of the base model; choose at most %d"
              .formatted(maxLength, positions, positions));
    }
    return maxLength;
  }

  /** The manifest, but for what is known only once the files are written. */
  private static Manifest manifest(
      BaseModel base, List<LinearModule> slots, ExportOptions options) {
    boolean decodes = base instanceof BaseDecoder;
    return new Manifest(
        Manifest.FORMAT_VERSION,
        producer(),
        options.task(),
        decodes ? Optional.empty() : Optional.of(options.pooling()),
        base instanceof BaseDecoder decoder ? Optional.of(decoder.info()) : Optional.empty(),
        GraphSets.adapterTypes(options),
        base.digest(),
        Optional.empty(),
        base.hiddenSize(),
        maxLength(base, options),
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
