package dev.graft.onnx;

/** A graph input or output: a name and a type. */
public record Value(String name, TensorType type, Extras extras) {

  public Value(String name, TensorType type) {
    this(name, type, Extras.NONE);
  }

  @Override
  public String toString() {
    return type + " " + name;
  }
}
