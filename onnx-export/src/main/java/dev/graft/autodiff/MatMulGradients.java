package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Gradients of matrix products, {@code y = alpha * op(a) @ op(b)} with optional transposition.
 *
 * <p>Transposition is left to {@code FusedMatMul}: a {@code Transpose} of an initializer would be
 * folded by ONNX Runtime into a second copy of the weight.
 */
final class MatMulGradients {
  private MatMulGradients() {}

  /** A stack of matrices, and whether the product takes them transposed. */
  private record Matrix(String value, int rank, boolean transposed) {
    Matrix flipped() {
      return new Matrix(value, rank, !transposed);
    }
  }

  /** An operand: the matrices, and the shape they come from with vectors made matrices. */
  private record Operand(Matrix matrix, Shape shape) {
    boolean transposed() {
      return matrix.transposed();
    }

    /** The shape with sizes in the place of the matrix dimensions that no summing touches. */
    Shape batch() {
      List<Dim> dims = new ArrayList<>(shape.dims().subList(0, shape.rank() - 2));
      dims.add(Dim.of(2));
      dims.add(Dim.of(2));
      return new Shape(dims);
    }
  }

  /** MatMul and com.microsoft.FusedMatMul. */
  static void matMul(BackwardScope s) {
    Node node = s.node();
    if (node.intAttribute("transBatchA", 0) != 0 || node.intAttribute("transBatchB", 0) != 0) {
      throw MissingGradientException.because(node, "transBatchA and transBatchB are not supported");
    }
    int rankA = s.rank(s.x(0));
    int rankB = s.rank(s.x(1));
    Operand a = operand(s, 0, node.intAttribute("transA", 0) != 0);
    Operand b = operand(s, 1, node.intAttribute("transB", 0) != 0);
    Scaled dy = s.scaledDy().times(node.floatAttribute("alpha", 1));
    String value = dy.value();
    if (rankB == 1) {
      value = s.op("Unsqueeze", value, s.longs(-1));
    }
    if (rankA == 1) {
      value = s.op("Unsqueeze", value, s.longs(-2));
    }
    Matrix g = new Matrix(value, Math.max(a.shape().rank(), b.shape().rank()), false);
    if (s.wants(0)) {
      String da = left(s, g, a, b, dy.factor());
      s.give(0, rankA == 1 ? s.op("Squeeze", da, s.longs(0)) : da);
    }
    if (s.wants(1)) {
      String db = right(s, g, a, b, dy.factor());
      s.give(1, rankB == 1 ? s.op("Squeeze", db, s.longs(1)) : db);
    }
  }

  /** {@code y = alpha * op(a) @ op(b) + beta * c}. */
  static void gemm(BackwardScope s) {
    Node node = s.node();
    Operand a = operand(s, 0, node.intAttribute("transA", 0) != 0);
    Operand b = operand(s, 1, node.intAttribute("transB", 0) != 0);
    Scaled dy = s.scaledDy();
    double factor = dy.factor() * node.floatAttribute("alpha", 1);
    Matrix g = new Matrix(dy.value(), 2, false);
    if (s.wants(0)) {
      s.give(0, left(s, g, a, b, factor));
    }
    if (s.wants(1)) {
      s.give(1, right(s, g, a, b, factor));
    }
    if (s.wants(2)) {
      Dim rows = a.shape().dim(a.transposed() ? 1 : 0);
      Dim columns = b.shape().dim(b.transposed() ? 0 : 1);
      Optional<Shape> result = Optional.of(Shape.of(rows, columns));
      String dc = new Unbroadcast(s).sum(dy.value(), s.x(2), List.of(result), result);
      s.give(2, new Scaled(dc, dy.factor() * node.floatAttribute("beta", 1)));
    }
  }

  /** Operand {@code i}; a vector becomes a row on the left and a column on the right. */
  private static Operand operand(BackwardScope s, int i, boolean transposed) {
    String x = s.x(i);
    Shape shape = s.shape(x);
    if (shape.rank() > 1) {
      return new Operand(new Matrix(x, shape.rank(), transposed), shape);
    }
    String matrix = s.once("Unsqueeze", Map.of(), x, s.longs(i));
    Dim length = shape.dim(0);
    return new Operand(
        new Matrix(matrix, 2, false),
        i == 0 ? Shape.of(Dim.of(1), length) : Shape.of(length, Dim.of(1)));
  }

  /** {@code da = g @ op(b)^T}, or its transpose where {@code a} was transposed. */
  private static String left(BackwardScope s, Matrix g, Operand a, Operand b, double factor) {
    String product =
        a.transposed()
            ? product(s, b.matrix(), g.flipped(), factor)
            : product(s, g, b.matrix().flipped(), factor);
    return sumBatch(s, product, a, b);
  }

  /** {@code db = op(a)^T @ g}, or its transpose where {@code b} was transposed. */
  private static String right(BackwardScope s, Matrix g, Operand a, Operand b, double factor) {
    if (b.shape().rank() == 2 && a.shape().rank() > 2 && !a.transposed()) {
      // One product over all rows instead of one per batch element and a sum.
      Matrix rowsA = rows(s, a.matrix().value());
      Matrix rowsG = rows(s, g.value());
      return b.transposed()
          ? product(s, rowsG.flipped(), rowsA, factor)
          : product(s, rowsA.flipped(), rowsG, factor);
    }
    String product =
        b.transposed()
            ? product(s, g.flipped(), a.matrix(), factor)
            : product(s, a.matrix().flipped(), g, factor);
    return sumBatch(s, product, b, a);
  }

  /** Views a stack of matrices as one with all rows. */
  private static Matrix rows(BackwardScope s, String value) {
    return new Matrix(s.once("Flatten", Map.of("axis", Attribute.of(-1)), value), 2, false);
  }

  private static String sumBatch(BackwardScope s, String product, Operand of, Operand other) {
    if (of.shape().rank() == 2 && other.shape().rank() == 2) {
      return product;
    }
    return new Unbroadcast(s)
        .sum(
            product,
            of.matrix().value(),
            of.batch(),
            List.of(Optional.of(other.batch())),
            Optional.empty());
  }

  /** {@code factor * op(a) @ op(b)}. */
  private static String product(BackwardScope s, Matrix a, Matrix b, double factor) {
    if (!a.transposed() && !b.transposed() && factor == 1) {
      return s.op("MatMul", a.value(), b.value());
    }
    if (s.elementType() == ElementType.DOUBLE) {
      // FusedMatMul has no kernel for doubles.
      String product = s.op("MatMul", transposed(s, a), transposed(s, b));
      return factor == 1 ? product : s.op("Mul", product, s.scalar(factor));
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    if (factor != 1) {
      attributes.put("alpha", Attribute.of(factor));
    }
    if (a.transposed()) {
      attributes.put("transA", Attribute.of(1));
    }
    if (b.transposed()) {
      attributes.put("transB", Attribute.of(1));
    }
    return s.microsoft("FusedMatMul", attributes, a.value(), b.value());
  }

  private static String transposed(BackwardScope s, Matrix matrix) {
    if (!matrix.transposed()) {
      return matrix.value();
    }
    int rank = matrix.rank();
    List<Long> perm = new ArrayList<>(LongStream.range(0, rank).boxed().toList());
    perm.set(rank - 2, rank - 1L);
    perm.set(rank - 1, rank - 2L);
    return s.op("Transpose", Map.of("perm", Attribute.ints(perm)), matrix.value());
  }
}
