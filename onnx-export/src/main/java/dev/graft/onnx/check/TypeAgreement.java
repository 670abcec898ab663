package dev.graft.onnx.check;

import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether types can be those of one value, and shapes can be broadcast; unknown agrees with all.
 */
final class TypeAgreement {
  private TypeAgreement() {}

  static boolean agree(TensorType a, TensorType b) {
    return agree(a.elementType(), b.elementType())
        && (a.shape().isEmpty() || b.shape().isEmpty() || agree(a.shape().get(), b.shape().get()));
  }

  static boolean agree(ElementType a, ElementType b) {
    return a == b || a == ElementType.UNDEFINED || b == ElementType.UNDEFINED;
  }

  static boolean agree(Shape a, Shape b) {
    if (a.rank() != b.rank()) {
      return false;
    }
    for (int i = 0; i < a.rank(); i++) {
      if (!agree(a.dims().get(i), b.dims().get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Different symbols may have the same size at run time; different sizes never are the same. */
  static boolean agree(Dim a, Dim b) {
    return !(a instanceof Dim.Fixed x && b instanceof Dim.Fixed y) || x.size() == y.size();
  }

  /** Whether no axis, counted from the end, has two different sizes other than one. */
  static boolean canBroadcast(List<Shape> shapes) {
    int rank = shapes.stream().mapToInt(Shape::rank).max().orElse(0);
    for (int fromEnd = 1; fromEnd <= rank; fromEnd++) {
      Set<Long> sizes = new HashSet<>();
      for (Shape shape : shapes) {
        if (fromEnd <= shape.rank()
            && shape.dim(-fromEnd) instanceof Dim.Fixed fixed
            && fixed.size() != 1) {
          sizes.add(fixed.size());
        }
      }
      if (sizes.size() > 1) {
        return false;
      }
    }
    return true;
  }
}
