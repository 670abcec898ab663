package dev.graft.onnx.rewrite;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Evaluates operators on small constants. */
final class SmallMath {
  private static final int MAX_ELEMENTS = 4096;

  private static final Map<String, DoubleBinaryOperator> BINARY =
      Map.of(
          "Add", (a, b) -> a + b,
          "Sub", (a, b) -> a - b,
          "Mul", (a, b) -> a * b,
          "Div", (a, b) -> a / b,
          "Pow", Math::pow);

  private static final Map<String, DoubleUnaryOperator> UNARY =
      Map.of("Sqrt", Math::sqrt, "Reciprocal", v -> 1 / v, "Neg", v -> -v);

  private SmallMath() {}

  /** The result of a node with one output, if it can be told from its inputs. */
  static Optional<Tensor> evaluate(Node node, List<Tensor> inputs) {
    if (inputs.isEmpty() || inputs.stream().anyMatch(t -> t.elementCount() > MAX_ELEMENTS)) {
      return Optional.empty();
    }
    Tensor first = inputs.get(0);
    if (node.is("Transpose")) {
      return Optional.of(transposed(first, perm(node, first)));
    }
    if (node.is("Cast")) {
      return cast(first, ElementType.ofNumber((int) node.intAttribute("to", 0)));
    }
    DoubleUnaryOperator unary = node.op().domain().isEmpty() ? UNARY.get(node.op().type()) : null;
    DoubleBinaryOperator binary =
        node.op().domain().isEmpty() ? BINARY.get(node.op().type()) : null;
    if (first.elementType() != ElementType.FLOAT) {
      return Optional.empty();
    }
    if (unary != null) {
      return Optional.of(map(first, unary));
    }
    if (binary != null && inputs.size() == 2 && inputs.get(1).elementType() == ElementType.FLOAT) {
      return map(first, inputs.get(1), binary);
    }
    return Optional.empty();
  }

  private static Tensor map(Tensor in, DoubleUnaryOperator f) {
    float[] values = in.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) f.applyAsDouble(values[i]);
    }
    return Tensor.floats(in.dims(), values);
  }

  /** Equal shapes, or one operand with a single element and no more axes than the other. */
  private static Optional<Tensor> map(Tensor a, Tensor b, DoubleBinaryOperator f) {
    boolean same = a.dims().equals(b.dims());
    boolean scalarA = a.elementCount() == 1 && a.dims().size() <= b.dims().size();
    boolean scalarB = b.elementCount() == 1 && b.dims().size() <= a.dims().size();
    if (!(same || scalarA || scalarB)) {
      return Optional.empty();
    }
    float[] left = a.toFloats();
    float[] right = b.toFloats();
    boolean likeA = same || scalarB;
    float[] out = new float[likeA ? left.length : right.length];
    for (int i = 0; i < out.length; i++) {
      float x = left[likeA ? i : 0];
      float y = right[same || !likeA ? i : 0];
      out[i] = (float) f.applyAsDouble(x, y);
    }
    return Optional.of(Tensor.floats(likeA ? a.dims() : b.dims(), out));
  }

  private static Optional<Tensor> cast(Tensor in, ElementType to) {
    boolean supported =
        (in.elementType() == ElementType.FLOAT
                || in.elementType() == ElementType.DOUBLE
                || in.elementType() == ElementType.INT64
                || in.elementType() == ElementType.INT32
                || in.elementType() == ElementType.BOOL)
            && to == ElementType.FLOAT;
    return supported ? Optional.of(Tensor.floats(in.dims(), in.toFloats())) : Optional.empty();
  }

  private static List<Long> perm(Node node, Tensor in) {
    return node.intsAttribute("perm")
        .orElseGet(
            () -> {
              List<Long> reversed = new ArrayList<>();
              for (long i = 0; i < in.dims().size(); i++) {
                reversed.add(i);
              }
              Collections.reverse(reversed);
              return reversed;
            });
  }

  private static Tensor transposed(Tensor in, List<Long> perm) {
    Shape shape = in.shape();
    List<Long> dims = perm.stream().map(p -> in.dims().get(shape.normalizeAxis(p))).toList();
    int width = in.elementType().sizeBytes();
    ByteBuffer from = in.data().bytes();
    ByteBuffer to = ByteBuffer.allocate((int) in.data().sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (long flat = 0; flat < in.elementCount(); flat++) {
      long rest = flat;
      long[] coordinates = new long[dims.size()];
      for (int axis = dims.size() - 1; axis >= 0; axis--) {
        coordinates[shape.normalizeAxis(perm.get(axis))] = rest % dims.get(axis);
        rest /= dims.get(axis);
      }
      long source = 0;
      for (int axis = 0; axis < coordinates.length; axis++) {
        source = source * in.dims().get(axis) + coordinates[axis];
      }
      for (int i = 0; i < width; i++) {
        to.put((int) (flat * width + i), from.get((int) (source * width + i)));
      }
    }
    return new Tensor(in.elementType(), dims, new TensorData.Inline(to));
  }
}
