package dev.graft.onnx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One application of an operator.
 *
 * @param inputs names of values; empty where an optional input is absent
 * @param outputs names of values; empty where an optional output is not wanted
 */
public record Node(
    String name,
    OpId op,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes,
    Extras extras) {

  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  public Node(
      String name,
      OpId op,
      List<String> inputs,
      List<String> outputs,
      Map<String, Attribute> attributes) {
    this(name, op, inputs, outputs, attributes, Extras.NONE);
  }

  /** Whether this applies the standard operator {@code type}. */
  public boolean is(String type) {
    return op.domain().isEmpty() && op.type().equals(type);
  }

  /** The name of input {@code i}; empty if it is absent. */
  public String input(int i) {
    return i < inputs.size() ? inputs.get(i) : "";
  }

  public boolean hasInput(int i) {
    return !input(i).isEmpty();
  }

  /** The name of output {@code i}; empty if it is not produced. */
  public String output(int i) {
    return i < outputs.size() ? outputs.get(i) : "";
  }

  /** An integer attribute, or {@code fallback} where it is absent. */
  public long intAttribute(String attribute, long fallback) {
    return attributes.get(attribute) instanceof Attribute.IntValue v ? v.value() : fallback;
  }

  public float floatAttribute(String attribute, float fallback) {
    return attributes.get(attribute) instanceof Attribute.FloatValue v ? v.value() : fallback;
  }

  public String stringAttribute(String attribute, String fallback) {
    return attributes.get(attribute) instanceof Attribute.StringValue v ? v.value() : fallback;
  }

  /** An integer list attribute, if present. */
  public Optional<List<Long>> intsAttribute(String attribute) {
    return attributes.get(attribute) instanceof Attribute.IntList v
        ? Optional.of(v.values())
        : Optional.empty();
  }

  public Node withInputs(List<String> newInputs) {
    return new Node(name, op, newInputs, outputs, attributes, extras);
  }

  public Node withOutputs(List<String> newOutputs) {
    return new Node(name, op, inputs, newOutputs, attributes, extras);
  }

  public Node withAttributes(Map<String, Attribute> newAttributes) {
    return new Node(name, op, inputs, outputs, newAttributes, extras);
  }

  /** This node with every input name mapped; absent inputs stay absent. */
  public Node mapInputs(UnaryOperator<String> map) {
    List<String> mapped = new ArrayList<>();
    for (String input : inputs) {
      mapped.add(input.isEmpty() ? "" : map.apply(input));
    }
    return withInputs(mapped);
  }

  /** How messages name this node: operator and name, or its first output where it has no name. */
  public String describe() {
    return "%s (node '%s')".formatted(op, name.isEmpty() ? output(0) : name);
  }
}
