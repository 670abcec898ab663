package dev.graft.train;

import dev.graft.adapter.FloatTensor;
import dev.graft.ort.NativeTensor;
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
  private static final String VALUE = "value.";
  private static final String FIRST_MOMENT = "first_moment.";
  private static final String SECOND_MOMENT = "second_moment.";

  private final List<ParameterGroup> groups = new ArrayList<>();
  private final Map<String, NativeTensor> feeds = new HashMap<>();
  private final Map<String, NativeTensor> gradients = new HashMap<>();

  /** Makes room for the tensors of an adapter and sets its initial values; the moments are zero. */
  ParameterStore(TrainedAdapter adapter) {
    for (TrainedAdapter.GroupPlan plan : adapter.groups()) {
      ParameterGroup group = new ParameterGroup(plan.kind(), plan.parameters());
      groups.add(group);
      feeds.putAll(group.feeds());
      gradients.putAll(group.gradients());
    }
    Map<String, FloatTensor> state = new HashMap<>();
    adapter.initial().forEach((input, tensor) -> state.put(VALUE + input, tensor));
    for (ParameterGroup group : groups) {
      for (Parameter parameter : group.parameters()) {
        FloatTensor zeros = FloatTensor.zeros(parameter.shape());
        state.put(FIRST_MOMENT + parameter.input(), zeros);
        state.put(SECOND_MOMENT + parameter.input(), zeros);
      }
    }
    setState(state);
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

  /** Everything that the next step depends on, by name; a copy. */
  SortedMap<String, FloatTensor> state() {
    SortedMap<String, FloatTensor> state = tensors(VALUE);
    state.putAll(tensors(FIRST_MOMENT));
    state.putAll(tensors(SECOND_MOMENT));
    return state;
  }

  /** The values alone, by graph input; a copy. */
  SortedMap<String, FloatTensor> values() {
    SortedMap<String, FloatTensor> values = new TreeMap<>();
    tensors(VALUE).forEach((name, tensor) -> values.put(name.substring(VALUE.length()), tensor));
    return values;
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

  static FloatTensor require(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor \"%s\" is missing".formatted(name));
    }
    return tensor;
  }

  /** The parts of an adapter whose values are the same in two sets that {@link #values} gave. */
  static List<String> unmoved(
      TrainedAdapter adapter, Map<String, FloatTensor> before, Map<String, FloatTensor> after) {
    return adapter.parts().entrySet().stream()
        .filter(part -> part.getValue().stream().allMatch(in -> same(before, after, in)))
        .map(Map.Entry::getKey)
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
