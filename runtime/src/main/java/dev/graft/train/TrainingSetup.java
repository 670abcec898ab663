package dev.graft.train;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.ModuleMatcher;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.train.TrainingModels.Base;
import dev.graft.train.TrainingModels.BaseSlot;
import dev.graft.train.TrainingModels.Weights;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All that is settled before the first step: options resolved against base, data and initial
 * adapter. Nothing is written and no model is open yet.
 *
 * @param identity what decides every bit of the run
 * @param loraConfig the configuration of the adapter, its targets written out in full
 * @param modules the modules that get an adapter
 * @param lora the factors to start from
 * @param head the head to start from
 */
record TrainingSetup(
    RunIdentity identity,
    PreparedData data,
    LoraConfig loraConfig,
    List<TrainedModule> modules,
    Map<String, LoraWeights> lora,
    Map<String, FloatTensor> head) {

  /**
   * What PEFT calls a model without a head of its own: Graft's head sits on the pooled hidden
   * state, not where PEFT's sequence classifiers have theirs.
   */
  private static final String PEFT_TASK = "FEATURE_EXTRACTION";

  private static final String HEAD_MODULE = "classifier";

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
    List<TrainedModule> modules = modules(base, options);
    if (bound.isPresent()) {
      requireSameModules(modules, bound.get());
    }
    List<String> adapterLabels =
        bound.isPresent() && !bound.get().head().isEmpty()
            ? initial.map(adapter -> adapter.record().labels()).orElse(List.of())
            : List.of();
    PreparedData prepared = PreparedData.read(data, options, models.tokenizer(), adapterLabels);
    options.classWeights().resolve(prepared.labels().names(), prepared.rowsByLabel());
    return new TrainingSetup(
        new RunIdentity(options, inputs(base, prepared, initial)),
        prepared,
        adapterConfig(options, modules),
        modules,
        lora(bound, modules, options),
        head(bound, base, prepared, options));
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

  private static LoraConfig matchingConfig(TrainingOptions options) {
    return LoraConfig.builder()
        .rank(options.rank())
        .alpha(options.alpha())
        .targets(options.targets())
        .excludeModules(options.excludeModules())
        .layersToTransform(options.layersToTransform())
        .rankPattern(options.rankPattern())
        .alphaPattern(options.alphaPattern())
        .useRslora(options.useRslora())
        .init(options.init())
        .build();
  }

  private static List<TrainedModule> modules(Base base, TrainingOptions options)
      throws TrainingException {
    LoraConfig config = matchingConfig(options);
    List<String> chosen;
    try {
      chosen = ModuleMatcher.of(config).match(base.slots().stream().map(BaseSlot::module).toList());
    } catch (IllegalArgumentException e) {
      throw new TrainingException(
          "targets do not fit the bundle's slots: %s; only modules that were targets of the export have a slot"
              .formatted(e.getMessage()),
          e);
    }
    Set<String> names = new HashSet<>(chosen);
    return base.slots().stream()
        .filter(slot -> names.contains(slot.module()))
        .map(
            slot ->
                new TrainedModule(
                    slot.module(),
                    slot.in(),
                    slot.out(),
                    config.rankOf(slot.module()),
                    config.scaleOf(slot.module())))
        .toList();
  }

  private static void requireSameModules(List<TrainedModule> modules, Weights bound)
      throws TrainingException {
    Set<String> chosen = modules.stream().map(TrainedModule::module).collect(Collectors.toSet());
    if (!chosen.equals(bound.lora().keySet())) {
      throw new TrainingException(
          "targets choose the modules %s, but the initial adapter has %s; leave targets out, or train a new adapter"
              .formatted(chosen.stream().sorted().toList(), bound.lora().keySet()));
    }
  }

  /**
   * PEFT applies targets to the whole model, of which the bundle may have a part; full paths mean
   * the same modules everywhere.
   */
  private static LoraConfig adapterConfig(TrainingOptions options, List<TrainedModule> modules) {
    return matchingConfig(options).toBuilder()
        .targets(new TargetModules.Suffixes(modules.stream().map(TrainedModule::module).toList()))
        .excludeModules(TargetModules.none())
        .layersToTransform(List.of())
        .modulesToSave(List.of(HEAD_MODULE))
        .taskType(PEFT_TASK)
        .build();
  }

  private static Map<String, LoraWeights> lora(
      Optional<Weights> bound, List<TrainedModule> modules, TrainingOptions options)
      throws TrainingException {
    if (bound.isEmpty()) {
      return InitialAdapter.lora(modules, options.init(), options.seed());
    }
    for (TrainedModule module : modules) {
      LoraWeights weights = bound.get().lora().get(module.module());
      if (weights == null || weights.rank() != module.rank()) {
        throw new TrainingException(
            "module \"%s\" of the initial adapter has rank %s, but the options say %d"
                .formatted(
                    module.module(), weights == null ? "none" : weights.rank(), module.rank()));
      }
    }
    return bound.get().lora();
  }

  private static Map<String, FloatTensor> head(
      Optional<Weights> bound, Base base, PreparedData data, TrainingOptions options) {
    return bound
        .map(Weights::head)
        .filter(head -> !head.isEmpty())
        .orElseGet(
            () -> InitialAdapter.head(base.hiddenSize(), data.labels().size(), options.seed()));
  }

  private static Map<String, String> inputs(
      Base base, PreparedData data, Optional<Adapter> initial) {
    Map<String, String> inputs = new TreeMap<>(data.digests());
    inputs.put("bundle", base.digest());
    initial.ifPresent(adapter -> inputs.put("initAdapter", adapter.digest()));
    return inputs;
  }

  /** The weights of the labels in the loss. */
  float[] classWeights() {
    return identity.options().classWeights().resolve(data.labels().names(), data.rowsByLabel());
  }

  /** The steps that are to be done, of which {@code startStep} are done. */
  TrainingPlan plan(long trainableParameters, int startStep) {
    TrainingOptions options = identity.options();
    int batches = data.batcher().stepsPerEpoch();
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
        data.train().size(),
        data.eval().map(rows -> rows.size()).orElse(0),
        data.train().truncatedRows() + data.eval().map(rows -> rows.truncatedRows()).orElse(0),
        data.labels().names(),
        modules.stream().map(TrainedModule::module).toList(),
        trainableParameters,
        options.evalEvery() > 0 ? options.evalEvery() : stepsPerEpoch,
        startStep);
  }
}
