package dev.graft.train;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.graft.adapter.Adapter;
import dev.graft.data.SequenceLimit;
import dev.graft.train.TrainingModels.Base;
import dev.graft.train.TrainingModels.BaseHead;
import dev.graft.train.TrainingModels.Weights;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All that is settled before the first step: options resolved against base, data and initial
 * adapter. Nothing is written and no model is open yet.
 *
 * @param identity what decides every bit of the run
 * @param adapter what is trained, and what it starts from
 */
record TrainingSetup(RunIdentity identity, TaskData data, TrainedAdapter adapter) {

  /**
   * Read and check everything.
   *
   * @param before the options of the run that is resumed; what is not given now is as it was
   * @throws IOException if a file cannot be used, or things do not fit together
   */
  static TrainingSetup of(
      TrainingModels models,
      TrainingData data,
      TrainingOptions given,
      Optional<TrainingOptions> before)
      throws IOException {
    Base base = models.base();
    TrainingOptions options = before.isPresent() ? carryOver(given, before.get()) : given;
    options = limitLength(options, base.maxLength());
    Optional<Adapter> initial = Optional.empty();
    Optional<Weights> bound = Optional.empty();
    if (data.initAdapter().isPresent()) {
      initial = Optional.of(InitialAdapter.read(data.initAdapter().get()));
      bound = Optional.of(models.bind(initial.get()));
      options = InitialAdapter.adopt(options, initial.get(), bound.get().lora().keySet());
    }
    Planned planned =
        base.decoder().isPresent()
            ? decoder(models, data, options, bound)
            : encoder(models, data, options, initial, bound);
    return new TrainingSetup(
        new RunIdentity(options, inputs(base, planned.data(), initial)),
        planned.data(),
        planned.adapter());
  }

  private record Planned(TaskData data, TrainedAdapter adapter) {}

  private static Planned encoder(
      TrainingModels models,
      TrainingData data,
      TrainingOptions options,
      Optional<Adapter> initial,
      Optional<Weights> bound)
      throws IOException {
    OptionFit.encoder(options, data);
    List<String> adapterLabels =
        bound.isPresent() && !bound.get().head().isEmpty()
            ? initial.map(adapter -> adapter.record().labels()).orElse(List.of())
            : List.of();
    List<String> baseLabels = models.base().head().map(BaseHead::labels).orElse(List.of());
    PreparedData texts =
        PreparedData.read(data, options, models.tokenizer(), adapterLabels, baseLabels);
    options.classWeights().resolve(texts.labels(), texts.rowsByLabel());
    return new Planned(
        texts, new LoraSetup(models.base(), options, bound).training(texts.labels()));
  }

  private static Planned decoder(
      TrainingModels models, TrainingData data, TrainingOptions options, Optional<Weights> bound)
      throws IOException {
    OptionFit.decoder(options, data);
    boolean prefix = options.adapterType() == TrainedType.PREFIX;
    TrainedAdapter adapter =
        prefix
            ? PrefixSetup.training(models, options, bound)
            : new LoraSetup(models.base(), options, bound).training(List.of());
    if (options.pack() && !models.keepsPackedTextsApart(adapter.trainingGraph())) {
      throw new TrainingException(
          "option \"pack\" puts several texts into a row, and this decoder's attention cannot tell"
              + " them apart: it was exported from an .onnx file; leave the option out, or export"
              + " the model from its checkpoint directory");
    }
    int virtualTokens = adapter instanceof PrefixTraining it ? it.virtualTokens() : 0;
    int room = models.base().maxLength() - virtualTokens;
    if (room < 2) {
      throw new TrainingException(
          "a prefix of %d tokens leaves no room in a context of %d; use fewer virtual tokens"
              .formatted(virtualTokens, models.base().maxLength()));
    }
    SequenceLimit limit = SequenceLimit.cutAt(Math.min(options.maxLength(), room));
    try (DecoderText text = DecoderText.open(models, data.loss())) {
      return new Planned(
          GenerationData.read(data, options, text.encoder(), limit, virtualTokens), adapter);
    }
  }

  private static TrainingOptions carryOver(TrainingOptions given, TrainingOptions before) {
    TrainingOptionsBuilder builder = given.toBuilder();
    for (String name : TrainingOptions.names()) {
      if (given.origin(name) == Origin.DEFAULT && before.origin(name) != Origin.DEFAULT) {
        builder.set(name, before.value(name), Origin.CHECKPOINT);
      }
    }
    return builder.build();
  }

  private static TrainingOptions limitLength(TrainingOptions options, int limit)
      throws TrainingException {
    if (options.maxLength() <= limit) {
      return options;
    }
    if (options.origin("maxLength") != Origin.DEFAULT) {
      throw new TrainingException(
          "maxLength is %d, but the bundle's model takes at most %d tokens"
              .formatted(options.maxLength(), limit));
    }
    return options.toBuilder().set("maxLength", new IntNode(limit), Origin.DEFAULT).build();
  }

  private static Map<String, String> inputs(Base base, TaskData data, Optional<Adapter> initial) {
    Map<String, String> inputs = new TreeMap<>(data.digests());
    inputs.put("bundle", base.digest());
    initial.ifPresent(adapter -> inputs.put("initAdapter", adapter.digest()));
    return inputs;
  }

  /** The steps that are to be done, of which {@code startStep} are done. */
  TrainingPlan plan(long trainableParameters, int startStep) {
    TrainingOptions options = identity.options();
    int batches = data.batchesPerEpoch();
    int stepsPerEpoch = (batches + options.accumulate() - 1) / options.accumulate();
    int total =
        options.maxSteps().isPresent()
            ? options.maxSteps().getAsInt()
            : Math.multiplyExact(options.epochs(), stepsPerEpoch);
    return new TrainingPlan(
        total,
        stepsPerEpoch,
        batches,
        options.accumulate(),
        data.rows(),
        data.evalRows(),
        data.truncatedRows(),
        data.labels(),
        List.copyOf(adapter.parts().keySet()),
        trainableParameters,
        options.evalEvery() > 0 ? options.evalEvery() : stepsPerEpoch,
        startStep);
  }
}
