package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.Probe;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.export.Manifest;
import dev.graft.export.Task;
import dev.graft.inject.GradientCheckpointing;
import dev.graft.inject.GradientOrder;
import dev.graft.inject.LoraDropout;
import dev.graft.module.SegmentMask;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.probe.Probes;
import dev.graft.session.BundleSessions;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A bundle on disk as training sees it. */
final class BundleModels implements TrainingModels {
  private final Bundle bundle;
  private final BundleSessions sessions;
  private final Base base;

  private BundleModels(Bundle bundle, Base base) {
    this.bundle = bundle;
    this.sessions = BundleSessions.of(bundle);
    this.base = base;
  }

  /**
   * Use a bundle.
   *
   * @throws TrainingException if it was exported for a task that is not trained
   */
  static BundleModels of(Bundle bundle) throws IOException {
    Manifest manifest = bundle.manifest();
    if (manifest.task() == Task.FEATURE_EXTRACTION) {
      throw new TrainingException(
          "%s: was exported for %s, which is not trained; export the model for %s or %s"
              .formatted(
                  bundle.directory(),
                  manifest.task().text(),
                  Task.TEXT_CLASSIFICATION.text(),
                  Task.TEXT_GENERATION.text()));
    }
    Path manifestFile = bundle.directory().resolve(Bundle.MANIFEST_FILE);
    Base base =
        new Base(
            "sha256:" + RunDigests.ofFile(manifestFile),
            manifest.baseDigest(),
            manifest.tokenizerDigest(),
            manifest.poolingText(),
            head(bundle),
            manifest.decoder(),
            Math.toIntExact(manifest.hiddenSize()),
            manifest.maxLength(),
            manifest.baseInputs(),
            manifest.slots().stream()
                .map(
                    slot ->
                        new BaseSlot(
                            slot.module(), Math.toIntExact(slot.in()), Math.toIntExact(slot.out())))
                .toList());
    return new BundleModels(bundle, base);
  }

  private static Optional<BaseHead> head(Bundle bundle) throws IOException {
    Optional<AdapterBinding.Head> own = bundle.head();
    return bundle
        .manifest()
        .head()
        .map(
            shape ->
                new BaseHead(
                    shape,
                    own.map(AdapterBinding.Head::tensors).orElse(Map.of()),
                    own.map(AdapterBinding.Head::labels).orElse(List.of())));
  }

  @Override
  public Base base() {
    return base;
  }

  @Override
  public Path tokenizer() {
    return bundle.tokenizer();
  }

  @Override
  public Optional<Path> chatTemplate() {
    return bundle.chatTemplate();
  }

  @Override
  public PrefixWeights prefixOf(String text, OptionalInt virtualTokens, SessionSettings settings)
      throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(bundle.tokenizer())) {
      int[] tokens = tokenizer.tokenize(text, false).ids();
      return PromptCache.of(
          bundle.manifest(), PromptCache.ofLength(tokens, virtualTokens), sessions, settings);
    }
  }

  @Override
  public OrtModel open(
      Graph graph,
      Set<String> modules,
      Set<String> outputs,
      GraphOptions options,
      SessionSettings settings)
      throws IOException {
    UnaryOperator<dev.graft.onnx.Graph> rewrite =
        trains(graph) ? made -> rewritten(made, options) : UnaryOperator.identity();
    try {
      return sessions.open(file(graph), modules, outputs, options.precision(), rewrite, settings);
    } catch (GradientCheckpointing.NothingToRepeatException e) {
      throw new TrainingException(
          "option \"gradientCheckpointing\" would change nothing: %s; leave it out"
              .formatted(e.getMessage()),
          e);
    }
  }

  private static boolean trains(Graph graph) {
    return graph == Graph.TRAINING || graph == Graph.PREFIX_TRAINING;
  }

  /** Dropout comes second: where a layer is computed again, its mask is to be made again too. */
  private static dev.graft.onnx.Graph rewritten(
      dev.graft.onnx.Graph training, GraphOptions options) {
    dev.graft.onnx.Graph twice =
        options.checkpointing() ? GradientCheckpointing.apply(training) : training;
    return GradientOrder.earlyFirst(LoraDropout.apply(twice, options.dropout()));
  }

  private static BundleGraph file(Graph graph) {
    return switch (graph) {
      case TRAINING -> BundleGraph.TRAINING;
      case EVAL -> BundleGraph.EVAL;
      case PREFIX_TRAINING -> BundleGraph.PREFIX_TRAINING;
      case PREFIX_EVAL -> BundleGraph.PREFIX_EVAL;
      case OPTIMIZER -> BundleGraph.OPTIMIZER;
    };
  }

  @Override
  public boolean keepsPackedTextsApart(Graph graph) throws IOException {
    return SegmentMask.isReadBy(bundle.model(file(graph)).graph());
  }

  @Override
  public Weights bind(Adapter adapter) {
    AdapterBinding binding = AdapterBinding.bind(bundle.manifest(), adapter);
    Map<String, LoraWeights> lora = new TreeMap<>();
    binding.slots().forEach((slot, weights) -> lora.put(slot.module(), weights));
    Map<String, FloatTensor> head =
        binding.head().map(AdapterBinding.Head::tensors).orElse(Map.of());
    return new Weights(lora, head, PrefixWeights.in(adapter));
  }

  @Override
  public List<Probe> probes(Adapter adapter, List<String> texts, SessionSettings settings)
      throws IOException {
    return Probes.take(bundle, adapter, texts, settings);
  }

  @Override
  public void close() {
    sessions.close();
  }
}
