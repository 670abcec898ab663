package dev.graft.train;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.ModuleMatcher;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.family.ModelFamilies;
import dev.graft.inject.ClassificationHead;
import dev.graft.train.TrainingModels.Base;
import dev.graft.train.TrainingModels.BaseHead;
import dev.graft.train.TrainingModels.BaseSlot;
import dev.graft.train.TrainingModels.Weights;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Settles which modules a LoRA run trains and what they start from. */
final class LoraSetup {
  /**
   * What PEFT calls a model without a head of its own: Graft's head sits on the pooled hidden
   * state, not where PEFT's sequence classifiers have theirs.
   */
  private static final String ENCODER_TASK = "FEATURE_EXTRACTION";

  /** What PEFT calls a model with the head of its family. */
  private static final String FAMILY_TASK = "SEQ_CLS";

  private static final String DECODER_TASK = "CAUSAL_LM";

  private final Base base;
  private final TrainingOptions options;
  private final Optional<Weights> bound;

  /**
   * Prepares the choice.
   *
   * @param bound the weights of an adapter to go on from
   */
  LoraSetup(Base base, TrainingOptions options, Optional<Weights> bound) {
    this.base = base;
    this.options = options;
    this.bound = bound;
  }

  /**
   * Describes the run.
   *
   * @param labels of the head's outputs; empty for a task without one
   */
  LoraTraining training(List<String> labels) throws TrainingException {
    List<TrainedModule> modules = modules();
    if (bound.isPresent()) {
      requireSameModules(modules, bound.get());
    }
    return new LoraTraining(
        adapterConfig(modules), modules, lora(modules), head(labels), this::adapterPath);
  }

  private LoraConfig matchingConfig() {
    return LoraConfig.builder()
        .rank(options.rank())
        .alpha(options.alpha())
        .targets(options.targets())
        .excludeModules(options.excludeModules())
        .layersToTransform(options.layersToTransform())
        .rankPattern(options.rankPattern())
        .alphaPattern(options.alphaPattern())
        .useRslora(options.useRslora())
        .dropout(options.loraDropout())
        .init(options.init())
        .build();
  }

  private List<TrainedModule> modules() throws TrainingException {
    LoraConfig config = matchingConfig();
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
  private LoraConfig adapterConfig(List<TrainedModule> modules) {
    boolean decodes = base.decoder().isPresent();
    return matchingConfig().toBuilder()
        .targets(
            new TargetModules.Suffixes(
                modules.stream().map(module -> adapterPath(module.module())).toList()))
        .excludeModules(TargetModules.none())
        .layersToTransform(List.of())
        .fanInFanOut(decodes && ModelFamilies.storesWeightsInOut(base.decoder().get().family()))
        .modulesToSave(base.head().map(head -> savedModules(head.shape())).orElse(List.of()))
        .taskType(task())
        .build();
  }

  private String task() {
    if (base.decoder().isPresent()) {
      return DECODER_TASK;
    }
    boolean ofFamily = base.head().filter(it -> !it.shape().encoder().isEmpty()).isPresent();
    return ofFamily ? FAMILY_TASK : ENCODER_TASK;
  }

  /** The modules of a head that no other one holds: {@code classifier.dense} is in another. */
  private static List<String> savedModules(ClassificationHead head) {
    return head.layers().stream()
        .map(layer -> layer.module().replaceFirst("\\..*", ""))
        .distinct()
        .sorted()
        .toList();
  }

  /** In a model with a head of its family, the encoder is one module among others. */
  private String adapterPath(String module) {
    return base.head().map(head -> head.shape().modulePath(module)).orElse(module);
  }

  private Map<String, LoraWeights> lora(List<TrainedModule> modules) throws TrainingException {
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

  private Map<String, FloatTensor> head(List<String> labels) throws TrainingException {
    if (base.head().isEmpty()) {
      return Map.of();
    }
    BaseHead own = base.head().get();
    Map<String, FloatTensor> head = bound.map(Weights::head).orElse(Map.of());
    if (head.isEmpty()) {
      return new HeadSetup(own, base.hiddenSize(), options.seed()).tensors(labels);
    }
    FloatTensor bias = head.get(own.shape().last().bias());
    if (bias == null || bias.size() != labels.size()) {
      throw new TrainingException(
          "the head of the initial adapter has %d labels, and the data has %d: %s; list the adapter's labels in a file of labels, or train a new adapter"
              .formatted(bias == null ? 0 : bias.size(), labels.size(), labels));
    }
    // Its layers in the order that a new head has.
    Map<String, FloatTensor> ordered = new LinkedHashMap<>();
    own.shape().tensors().forEach(name -> ordered.put(name, ParameterStore.require(head, name)));
    return ordered;
  }
}
