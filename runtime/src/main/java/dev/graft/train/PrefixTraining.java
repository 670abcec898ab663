package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.inject.PrefixInputs;
import dev.graft.train.ParameterGroup.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prefix tuning: keys and values of virtual tokens, per layer. */
final class PrefixTraining implements TrainedAdapter {
  private final PrefixWeights start;

  PrefixTraining(PrefixWeights start) {
    this.start = start;
  }

  int virtualTokens() {
    return start.config().virtualTokens();
  }

  @Override
  public TrainingModels.Graph trainingGraph() {
    return TrainingModels.Graph.PREFIX_TRAINING;
  }

  @Override
  public TrainingModels.Graph evalGraph() {
    return TrainingModels.Graph.PREFIX_EVAL;
  }

  @Override
  public Set<String> slots() {
    return Set.of();
  }

  @Override
  public List<GroupPlan> groups() {
    List<Parameter> parameters = new ArrayList<>();
    for (int layer = 0; layer < start.layers().size(); layer++) {
      List<Long> shape = start.layers().get(layer).key().shape();
      parameters.add(new Parameter(PrefixInputs.key(layer), shape, 1));
      parameters.add(new Parameter(PrefixInputs.value(layer), shape, 1));
    }
    return List.of(new GroupPlan(Kind.PREFIX, parameters));
  }

  @Override
  public Map<String, FloatTensor> initial() {
    Map<String, FloatTensor> values = new HashMap<>();
    for (int layer = 0; layer < start.layers().size(); layer++) {
      values.put(PrefixInputs.key(layer), start.layers().get(layer).key());
      values.put(PrefixInputs.value(layer), start.layers().get(layer).value());
    }
    return values;
  }

  @Override
  public Map<String, List<String>> parts() {
    Map<String, List<String>> parts = new LinkedHashMap<>();
    for (int layer = 0; layer < start.layers().size(); layer++) {
      parts.put(
          "prefix.%d".formatted(layer),
          List.of(PrefixInputs.key(layer), PrefixInputs.value(layer)));
    }
    return parts;
  }

  @Override
  public Adapter adapter(Map<String, FloatTensor> values, GraftRecord record) {
    List<PrefixLayer> layers = new ArrayList<>();
    for (int layer = 0; layer < start.layers().size(); layer++) {
      layers.add(
          new PrefixLayer(
              ParameterStore.require(values, PrefixInputs.key(layer)),
              ParameterStore.require(values, PrefixInputs.value(layer))));
    }
    PrefixWeights weights = new PrefixWeights(layers);
    return Adapter.of(weights.config(), weights, Map.of(), record);
  }
}
