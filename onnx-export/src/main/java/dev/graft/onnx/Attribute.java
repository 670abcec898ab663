package dev.graft.onnx;

import java.util.List;

/** The value of a node's attribute. */
public sealed interface Attribute {

  record IntValue(long value) implements Attribute {}

  record FloatValue(float value) implements Attribute {}

  record StringValue(String value) implements Attribute {}

  record TensorValue(Tensor value) implements Attribute {}

  record GraphValue(Graph value) implements Attribute {}

  record IntList(List<Long> values) implements Attribute {
    public IntList {
      values = List.copyOf(values);
    }
  }

  record FloatList(List<Float> values) implements Attribute {
    public FloatList {
      values = List.copyOf(values);
    }
  }

  record StringList(List<String> values) implements Attribute {
    public StringList {
      values = List.copyOf(values);
    }
  }

  /** An attribute of a kind the graph model does not interpret, kept as its encoded message. */
  record Opaque(Extras encoded) implements Attribute {}

  static Attribute of(long value) {
    return new IntValue(value);
  }

  static Attribute of(double value) {
    return new FloatValue((float) value);
  }

  static Attribute of(String value) {
    return new StringValue(value);
  }

  static Attribute of(Tensor value) {
    return new TensorValue(value);
  }

  static Attribute ints(List<Long> values) {
    return new IntList(values);
  }

  static Attribute ints(long... values) {
    return new IntList(java.util.Arrays.stream(values).boxed().toList());
  }
}
