package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.data.ExampleEncoder;
import dev.graft.data.GenerationColumns;
import dev.graft.data.SequenceLimit;
import dev.graft.data.TokenSequences;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Bundle;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Measures how well a decoder, with an adapter or without, predicts given texts. */
public final class TextScorer {
  private TextScorer() {}

  /**
   * What to measure on, and how.
   *
   * @param data examples as training takes them
   * @param columns what their columns are called
   * @param loss which tokens count
   * @param precision of products with frozen weights
   */
  public record Request(
      Path data,
      GenerationColumns columns,
      ExampleEncoder.Loss loss,
      BasePrecision precision,
      OptionalInt threads) {}

  /** A score, and what was read. */
  public record Result(TextScore score, int truncatedRows) {}

  /**
   * Scores every example.
   *
   * @throws IOException if the data cannot be read or has a row that cannot be used
   * @throws IllegalArgumentException if the bundle holds no decoder or the adapter does not belong
   *     to it
   */
  public static Result score(Bundle bundle, Optional<Adapter> adapter, Request request)
      throws IOException {
    bundle.manifest().requireDecoder();
    Optional<TrainedAdapter> fixed = adapter.map(a -> fixed(bundle, a));
    int virtualTokens =
        fixed.isPresent() && fixed.get() instanceof PrefixTraining prefix
            ? prefix.virtualTokens()
            : 0;
    TrainingOptions options = TrainingOptions.builder().batchSize(8).build();
    try (BundleModels models = BundleModels.of(bundle);
        DecoderText text = DecoderText.open(models, request.loss())) {
      TokenSequences rows =
          TokenSequences.read(
              request.data(),
              request.columns(),
              text.encoder(),
              SequenceLimit.cutAt(bundle.manifest().maxLength() - virtualTokens));
      SessionSettings settings = TrainingSessions.settings(request.threads());
      try (OrtModel model = open(models, fixed, request.precision(), settings);
          SequenceScoring scoring =
              new SequenceScoring(models.base().baseInputs(), virtualTokens, options);
          OptionalStore store = new OptionalStore(fixed)) {
        TextScore score =
            scoring
                .score(rows, model, store.feeds(), () -> false)
                .orElseThrow(() -> new IllegalStateException("stopped"));
        return new Result(score, rows.report().truncated().rows());
      }
    }
  }

  private static OrtModel open(
      BundleModels models,
      Optional<TrainedAdapter> adapter,
      BasePrecision precision,
      SessionSettings settings)
      throws IOException {
    return models.open(
        adapter.map(TrainedAdapter::evalGraph).orElse(TrainingModels.Graph.EVAL),
        adapter.map(TrainedAdapter::slots).orElse(Set.of()),
        Set.of(),
        GraphOptions.plain(precision),
        settings);
  }

  /** An adapter as the graphs take it, not to be trained. */
  private static TrainedAdapter fixed(Bundle bundle, Adapter adapter) {
    AdapterBinding binding = AdapterBinding.bind(bundle.manifest(), adapter);
    if (adapter.weights() instanceof PrefixWeights prefix) {
      return new PrefixTraining(prefix);
    }
    if (!(adapter.config() instanceof LoraConfig config)) {
      throw new IllegalArgumentException(
          "an adapter of type %s cannot be measured".formatted(adapter.config().peftType()));
    }
    List<TrainedModule> modules = new ArrayList<>();
    Map<String, LoraWeights> lora = new HashMap<>();
    binding
        .slots()
        .forEach(
            (slot, weights) -> {
              lora.put(slot.module(), weights);
              modules.add(
                  new TrainedModule(
                      slot.module(),
                      weights.in(),
                      weights.out(),
                      weights.rank(),
                      binding.scaleOf(slot)));
            });
    return new LoraTraining(config, modules, lora, Map.of(), UnaryOperator.identity());
  }

  /** The tensors of an adapter, if there is one. */
  private static final class OptionalStore implements AutoCloseable {
    private final Optional<ParameterStore> store;

    OptionalStore(Optional<TrainedAdapter> adapter) {
      this.store = adapter.map(ParameterStore::new);
    }

    Map<String, NativeTensor> feeds() {
      return store.map(ParameterStore::feeds).orElse(Map.of());
    }

    @Override
    public void close() {
      store.ifPresent(ParameterStore::close);
    }
  }
}
