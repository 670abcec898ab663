package dev.graft.onnx;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A graph of nodes in an order in which every value is defined before it is used.
 *
 * @param initializers constant tensors by name, in file order
 * @param valueTypes what is known about the types of values that nodes produce; inputs, outputs and
 *     initializers have their types with them
 */
public record Graph(
    String name,
    List<Value> inputs,
    List<Value> outputs,
    List<Node> nodes,
    Map<String, Tensor> initializers,
    Map<String, TensorType> valueTypes,
    Extras extras) {

  public Graph {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    nodes = List.copyOf(nodes);
    initializers = Collections.unmodifiableMap(new LinkedHashMap<>(initializers));
    valueTypes = Collections.unmodifiableMap(new LinkedHashMap<>(valueTypes));
  }

  public Graph(
      String name,
      List<Value> inputs,
      List<Value> outputs,
      List<Node> nodes,
      Map<String, Tensor> initializers) {
    this(name, inputs, outputs, nodes, initializers, Map.of(), Extras.NONE);
  }

  /** What is known about the type of a value of this graph. */
  public Optional<TensorType> typeOf(String value) {
    Tensor tensor = initializers.get(value);
    if (tensor != null) {
      return Optional.of(tensor.type());
    }
    TensorType type = valueTypes.get(value);
    if (type != null) {
      return Optional.of(type);
    }
    return input(value).or(() -> output(value)).map(Value::type);
  }

  /** The shape of a value, if its rank is known. */
  public Optional<Shape> shapeOf(String value) {
    return typeOf(value).flatMap(TensorType::shape);
  }

  public Optional<Value> input(String value) {
    return inputs.stream().filter(v -> v.name().equals(value)).findFirst();
  }

  public Optional<Value> output(String value) {
    return outputs.stream().filter(v -> v.name().equals(value)).findFirst();
  }

  public List<String> inputNames() {
    return inputs.stream().map(Value::name).toList();
  }

  public List<String> outputNames() {
    return outputs.stream().map(Value::name).toList();
  }

  public Graph withNodes(List<Node> newNodes) {
    return new Graph(name, inputs, outputs, newNodes, initializers, valueTypes, extras);
  }

  public Graph withInitializers(Map<String, Tensor> newInitializers) {
    return new Graph(name, inputs, outputs, nodes, newInitializers, valueTypes, extras);
  }

  public Graph withValueTypes(Map<String, TensorType> newTypes) {
    return new Graph(name, inputs, outputs, nodes, initializers, newTypes, extras);
  }

  public Graph withInputs(List<Value> newInputs) {
    return new Graph(name, newInputs, outputs, nodes, initializers, valueTypes, extras);
  }

  public Graph withOutputs(List<Value> newOutputs) {
    return new Graph(name, inputs, newOutputs, nodes, initializers, valueTypes, extras);
  }
}
