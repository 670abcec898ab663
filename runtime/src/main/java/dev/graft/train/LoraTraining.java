package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.train.ParameterGroup.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * LoRA: two factors per module, and the head where the task has one. The graphs take the factors
 * transposed, and B with the scale folded in.
 */
final class LoraTraining implements TrainedAdapter {
  private final LoraConfig config;
  private final List<TrainedModule> modules;
  private final Map<String, LoraWeights> lora;
  private final Map<String, FloatTensor> head;
  private final UnaryOperator<String> adapterPath;

  /**
   * Describes a run.
   *
   * @param config the configuration of the adapter, its targets written out in full
   * @param lora the factors to start from, by module
   * @param head the tensors of the head as PEFT stores them, layer by layer; empty without one
   * @param adapterPath what a module is called in the adapter
   */
  LoraTraining(
      LoraConfig config,
      List<TrainedModule> modules,
      Map<String, LoraWeights> lora,
      Map<String, FloatTensor> head,
      UnaryOperator<String> adapterPath) {
    this.config = config;
    this.modules = List.copyOf(modules);
    this.lora = Map.copyOf(lora);
    this.head = Collections.unmodifiableMap(new LinkedHashMap<>(head));
    this.adapterPath = adapterPath;
  }

  List<TrainedModule> modules() {
    return modules;
  }

  @Override
  public TrainingModels.Graph trainingGraph() {
    return TrainingModels.Graph.TRAINING;
  }

  @Override
  public TrainingModels.Graph evalGraph() {
    return TrainingModels.Graph.EVAL;
  }

  @Override
  public Set<String> slots() {
    return modules.stream().map(TrainedModule::module).collect(Collectors.toSet());
  }

  @Override
  public double dropout() {
    return config.dropout();
  }

  @Override
  public List<GroupPlan> groups() {
    List<Parameter> a = new ArrayList<>();
    List<Parameter> b = new ArrayList<>();
    for (TrainedModule module : modules) {
      a.add(new Parameter(module.a(), List.of((long) module.in(), (long) module.rank()), 1));
      b.add(
          new Parameter(
              module.b(), List.of((long) module.rank(), (long) module.out()), module.scale()));
    }
    List<GroupPlan> groups =
        new ArrayList<>(List.of(new GroupPlan(Kind.A, a), new GroupPlan(Kind.B, b)));
    if (!head.isEmpty()) {
      List<Parameter> parameters = new ArrayList<>();
      head.forEach((name, it) -> parameters.add(new Parameter(name, turned(it).shape(), 1)));
      groups.add(new GroupPlan(Kind.HEAD, parameters));
    }
    return groups;
  }

  @Override
  public Map<String, FloatTensor> initial() {
    Map<String, FloatTensor> values = new HashMap<>();
    for (TrainedModule module : modules) {
      LoraWeights weights = lora.get(module.module());
      if (weights == null) {
        throw new IllegalArgumentException(
            "there are no factors of module \"%s\" to start from".formatted(module.module()));
      }
      values.put(module.a(), weights.a().transposed());
      values.put(module.b(), weights.b().transposed());
    }
    head.forEach((name, tensor) -> values.put(name, turned(tensor)));
    return values;
  }

  private static FloatTensor turned(FloatTensor tensor) {
    return tensor.shape().size() == 2 ? tensor.transposed() : tensor;
  }

  @Override
  public Map<String, List<String>> parts() {
    Map<String, List<String>> parts = new LinkedHashMap<>();
    modules.forEach(module -> parts.put(module.module(), List.of(module.a(), module.b())));
    return parts;
  }

  @Override
  public Adapter adapter(Map<String, FloatTensor> values, GraftRecord record) {
    return Adapter.of(config, LoraModules.of(lora(values)), head(values), record);
  }

  /** The factors of every module, as the adapter calls it, in PEFT's orientation. */
  SortedMap<String, LoraWeights> lora(Map<String, FloatTensor> values) {
    SortedMap<String, LoraWeights> factors = new TreeMap<>();
    for (TrainedModule module : modules) {
      factors.put(
          adapterPath.apply(module.module()),
          new LoraWeights(
              ParameterStore.require(values, module.a()).transposed(),
              ParameterStore.require(values, module.b()).transposed()));
    }
    return factors;
  }

  private SortedMap<String, FloatTensor> head(Map<String, FloatTensor> values) {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    for (String name : head.keySet()) {
      tensors.put(name, turned(ParameterStore.require(values, name)));
    }
    return tensors;
  }
}
