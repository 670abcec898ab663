package dev.graft.train;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.ort.NativeTensor;
import dev.graft.train.ParameterGroup.Kind;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All trained tensors of a run and their optimizer state, in native memory.
 *
 * <p>Values are kept as PEFT has them, unscaled, but in the orientation of the graphs. AdamW works
 * element by element, so the orientation does not matter to it.
 */
final class ParameterStore implements AutoCloseable {
  static final String HEAD_WEIGHT = "classifier.weight";
  static final String HEAD_BIAS = "classifier.bias";

  private static final String VALUE = "value.";
  private static final String FIRST_MOMENT = "first_moment.";
  private static final String SECOND_MOMENT = "second_moment.";

  private final List<TrainedModule> modules;
  private final List<ParameterGroup> groups;
  private final Map<String, NativeTensor> feeds = new HashMap<>();
  private final Map<String, NativeTensor> gradients = new HashMap<>();

  ParameterStore(List<TrainedModule> modules, int hiddenSize, int labels) {
    this.modules = List.copyOf(modules);
    List<Parameter> a = new ArrayList<>();
    List<Parameter> b = new ArrayList<>();
    for (TrainedModule module : modules) {
      a.add(new Parameter(module.a(), List.of((long) module.in(), (long) module.rank()), 1));
      b.add(
          new Parameter(
              module.b(), List.of((long) module.rank(), (long) module.out()), module.scale()));
    }
    List<Parameter> head =
        List.of(
            new Parameter(HEAD_WEIGHT, List.of((long) hiddenSize, (long) labels), 1),
            new Parameter(HEAD_BIAS, List.of((long) labels), 1));
    this.groups =
        List.of(
            new ParameterGroup(Kind.A, a),
            new ParameterGroup(Kind.B, b),
            new ParameterGroup(Kind.HEAD, head));
    for (ParameterGroup group : groups) {
      feeds.putAll(group.feeds());
      gradients.putAll(group.gradients());
    }
  }

  List<ParameterGroup> groups() {
    return groups;
  }

  /** What the graphs are fed, by input; the contents follow the values. */
  Map<String, NativeTensor> feeds() {
    return feeds;
  }

  /** Where the training graph writes gradients, by output. */
  Map<String, NativeTensor> gradients() {
    return gradients;
  }

  /** The number of trained values. */
  long size() {
    return groups.stream().mapToLong(ParameterGroup::size).sum();
  }

  /** Set the values of an adapter in PEFT's orientation; the moments become zero. */
  void setAdapter(Map<String, LoraWeights> lora, Map<String, FloatTensor> head) {
    Map<String, FloatTensor> state = new HashMap<>();
    lora.forEach(
        (module, weights) -> {
          state.put(VALUE + module + ".lora_A", weights.a().transposed());
          state.put(VALUE + module + ".lora_B", weights.b().transposed());
        });
    head.forEach(
        (name, tensor) ->
            state.put(VALUE + name, tensor.shape().size() == 2 ? tensor.transposed() : tensor));
    for (ParameterGroup group : groups) {
      for (Parameter parameter : group.parameters()) {
        FloatTensor zeros = FloatTensor.zeros(parameter.shape());
        state.put(FIRST_MOMENT + parameter.input(), zeros);
        state.put(SECOND_MOMENT + parameter.input(), zeros);
      }
    }
    setState(state);
  }

  /** The factors of every module in PEFT's orientation. */
  SortedMap<String, LoraWeights> lora() {
    Map<String, FloatTensor> values = tensors(VALUE);
    SortedMap<String, LoraWeights> lora = new TreeMap<>();
    for (TrainedModule module : modules) {
      lora.put(
          module.module(),
          new LoraWeights(
              require(values, VALUE + module.a()).transposed(),
              require(values, VALUE + module.b()).transposed()));
    }
    return lora;
  }

  /**
   * The head in PEFT's orientation: {@code classifier.weight [L, H]}, {@code classifier.bias [L]}.
   */
  SortedMap<String, FloatTensor> head() {
    Map<String, FloatTensor> values = tensors(VALUE);
    return new TreeMap<>(
        Map.of(
            HEAD_WEIGHT, require(values, VALUE + HEAD_WEIGHT).transposed(),
            HEAD_BIAS, require(values, VALUE + HEAD_BIAS)));
  }

  /** Everything that the next step depends on, by name; a copy. */
  SortedMap<String, FloatTensor> state() {
    SortedMap<String, FloatTensor> state = tensors(VALUE);
    state.putAll(tensors(FIRST_MOMENT));
    state.putAll(tensors(SECOND_MOMENT));
    return state;
  }

  /** The values alone, under the names they have in {@link #state}; a copy. */
  SortedMap<String, FloatTensor> values() {
    return tensors(VALUE);
  }

  /** Set the values of a {@link #state}, leaving the moments as they are. */
  void setValues(Map<String, FloatTensor> state) {
    set(VALUE, state);
    groups.forEach(ParameterGroup::publish);
  }

  /**
   * Set what {@link #state} gave.
   *
   * @throws IllegalArgumentException if a tensor is missing or of another shape
   */
  void setState(Map<String, FloatTensor> state) {
    setValues(state);
    set(FIRST_MOMENT, state);
    set(SECOND_MOMENT, state);
  }

  private void set(String prefix, Map<String, FloatTensor> state) {
    for (ParameterGroup group : groups) {
      FloatBuffer target = vector(group, prefix).floatBuffer();
      for (Parameter parameter : group.parameters()) {
        FloatTensor tensor = require(state, prefix + parameter.input());
        if (!tensor.shape().equals(parameter.shape())) {
          throw new IllegalArgumentException(
              "tensor \"%s%s\" has shape %s, expected %s"
                  .formatted(prefix, parameter.input(), tensor.shape(), parameter.shape()));
        }
        target.put(tensor.buffer());
      }
    }
  }

  private SortedMap<String, FloatTensor> tensors(String prefix) {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    for (ParameterGroup group : groups) {
      FloatBuffer source = vector(group, prefix).floatBuffer();
      for (Parameter parameter : group.parameters()) {
        float[] values = new float[parameter.size()];
        source.get(values);
        tensors.put(prefix + parameter.input(), FloatTensor.wrap(parameter.shape(), values));
      }
    }
    return tensors;
  }

  private static NativeTensor vector(ParameterGroup group, String prefix) {
    return switch (prefix) {
      case VALUE -> group.values();
      case FIRST_MOMENT -> group.firstMoment();
      default -> group.secondMoment();
    };
  }

  private static FloatTensor require(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor \"%s\" is missing".formatted(name));
    }
    return tensor;
  }

  /**
   * The modules whose values are the same in two sets that {@link #values} gave: those that
   * training did not move.
   */
  List<String> unmoved(Map<String, FloatTensor> before, Map<String, FloatTensor> after) {
    return modules.stream()
        .filter(
            module ->
                same(before, after, VALUE + module.a()) && same(before, after, VALUE + module.b()))
        .map(TrainedModule::module)
        .toList();
  }

  private static boolean same(
      Map<String, FloatTensor> before, Map<String, FloatTensor> after, String name) {
    return require(before, name).equals(require(after, name));
  }

  @Override
  public void close() {
    groups.forEach(ParameterGroup::close);
  }

  @Override
  public String toString() {
    return "ParameterStore"
        + Arrays.toString(groups.stream().mapToInt(ParameterGroup::size).toArray());
  }
}
