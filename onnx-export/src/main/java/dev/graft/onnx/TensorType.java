package dev.graft.onnx;

import java.util.Optional;

/** An element type, and a shape where the rank is known. */
public record TensorType(ElementType elementType, Optional<Shape> shape) {

  public static TensorType of(ElementType elementType, Object... dims) {
    return new TensorType(elementType, Optional.of(Shape.of(dims)));
  }

  public static TensorType of(ElementType elementType, Shape shape) {
    return new TensorType(elementType, Optional.of(shape));
  }

  /** A type whose rank is not known. */
  public static TensorType ofUnknownRank(ElementType elementType) {
    return new TensorType(elementType, Optional.empty());
  }

  @Override
  public String toString() {
    return elementType.text() + shape.map(Shape::toString).orElse("[..]");
  }
}
