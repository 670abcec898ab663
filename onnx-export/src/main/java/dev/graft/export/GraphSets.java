package dev.graft.export;

import dev.graft.adapter.NearestNames;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.GenerationGraphs;
import dev.graft.inject.OptimizerGraph;
import dev.graft.inject.TaskGraphs;
import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The graphs of a bundle, by task and adapter type. */
final class GraphSets {
  /** PEFT's name of prefix tuning. */
  static final String PREFIX_TUNING = "PREFIX_TUNING";

  private static final Set<String> ENCODER_TYPES = Set.of(LoraConfig.PEFT_TYPE);
  private static final Set<String> DECODER_TYPES = Set.of(LoraConfig.PEFT_TYPE, PREFIX_TUNING);

  private GraphSets() {}

  /**
   * The adapter types that get graphs, sorted.
   *
   * @throws IllegalArgumentException if one is asked for that the task does not have
   */
  static List<String> adapterTypes(ExportOptions options) {
    Set<String> known = options.task() == Task.TEXT_GENERATION ? DECODER_TYPES : ENCODER_TYPES;
    for (String type : options.adapterTypes()) {
      if (!known.contains(type)) {
        throw new IllegalArgumentException(
            "a bundle for %s takes no adapters of type '%s'; it takes %s %s"
                .formatted(
                    options.task().text(),
                    type,
                    new TreeSet<>(known),
                    NearestNames.suggestion(type, known))
                .strip());
      }
    }
    return List.copyOf(
        new TreeSet<>(options.adapterTypes().isEmpty() ? known : options.adapterTypes()));
  }

  static Map<BundleGraph, Graph> of(BaseEncoder base, List<LinearModule> slots, HeadChoice choice) {
    TaskGraphs assembly =
        new TaskGraphs(base.graph(), base.signature(), base.hiddenSize(), choice.pooling(), slots);
    Map<BundleGraph, Graph> graphs = new EnumMap<>(BundleGraph.class);
    if (choice.head().isPresent()) {
      ClassificationHead head = choice.head().get();
      Graph eval = assembly.eval(head);
      graphs.put(BundleGraph.EVAL, eval);
      graphs.put(BundleGraph.TRAINING, assembly.training(eval, head));
      graphs.put(BundleGraph.OPTIMIZER, OptimizerGraph.adamW());
    }
    graphs.put(BundleGraph.INFERENCE, assembly.inference(choice.head()));
    return graphs;
  }

  static Map<BundleGraph, Graph> of(
      BaseDecoder base, List<LinearModule> slots, ExportOptions options) {
    GenerationGraphs assembly =
        new GenerationGraphs(
            base.graph(),
            base.signature(),
            base.info(),
            base.hiddenSize(),
            slots.stream().map(LinearModule::path).collect(Collectors.toSet()));
    Map<BundleGraph, Graph> graphs = new EnumMap<>(BundleGraph.class);
    List<String> types = adapterTypes(options);
    if (types.contains(LoraConfig.PEFT_TYPE)) {
      graphs.put(BundleGraph.EVAL, assembly.loraEval());
      graphs.put(BundleGraph.TRAINING, assembly.loraTraining());
    }
    if (types.contains(PREFIX_TUNING)) {
      graphs.put(BundleGraph.PREFIX_EVAL, assembly.prefixEval());
      graphs.put(BundleGraph.PREFIX_TRAINING, assembly.prefixTraining());
    }
    graphs.put(BundleGraph.OPTIMIZER, OptimizerGraph.adamW());
    graphs.put(BundleGraph.INFERENCE, assembly.inference());
    return graphs;
  }
}
