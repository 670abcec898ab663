package dev.graft.onnx.shape;

import java.util.Optional;

/** Shapes of matrix products. */
final class MatrixShapes {
  private MatrixShapes() {}

  static Sizes matMul(ShapeScope s) {
    return product(s, s.sizes(0), s.sizes(1));
  }

  /**
   * {@code transBatchA/B} move the batch axes of an operand; ONNX Runtime alone makes such nodes.
   */
  static Optional<Sizes> fusedMatMul(ShapeScope s) {
    if (s.attribute("transBatchA", 0) != 0 || s.attribute("transBatchB", 0) != 0) {
      return Optional.empty();
    }
    Sizes a = transposed(s.sizes(0), s.attribute("transA", 0));
    Sizes b = transposed(s.sizes(1), s.attribute("transB", 0));
    return Optional.of(product(s, a, b));
  }

  private static Sizes transposed(Sizes sizes, long flag) {
    return flag == 0 || sizes.rank() < 2
        ? sizes
        : sizes.with(-1, sizes.get(-2)).with(-2, sizes.get(-1));
  }

  /** {@code [.., m, k] x [.., k, n]}; a vector on either side loses its axis in the result. */
  private static Sizes product(ShapeScope s, Sizes a, Sizes b) {
    if (a.rank() == 0 || b.rank() == 0) {
      throw s.conflict("a matrix product needs operands of rank 1 or more");
    }
    Sizes left = a.rank() == 1 ? Sizes.of(SizeExpr.of(1)).plus(a) : a;
    Sizes right = b.rank() == 1 ? b.plus(Sizes.of(SizeExpr.of(1))) : b;
    s.requireEqual(left.get(-1), right.get(-2), "the inner sizes of %s and %s".formatted(a, b));
    Sizes result = s.broadcast(left.upTo(left.rank() - 2), right.upTo(right.rank() - 2));
    if (a.rank() > 1) {
      result = result.plus(Sizes.of(left.get(-2)));
    }
    return b.rank() > 1 ? result.plus(Sizes.of(right.get(-1))) : result;
  }

  static Sizes gemm(ShapeScope s) {
    Sizes a = s.sizes(0);
    Sizes b = s.sizes(1);
    if (a.rank() != 2 || b.rank() != 2) {
      throw s.conflict("operands must have rank 2, found %s and %s".formatted(a, b));
    }
    Sizes result =
        product(
            s, transposed(a, s.attribute("transA", 0)), transposed(b, s.attribute("transB", 0)));
    if (s.has(2)) {
      s.broadcast(result, s.sizes(2));
    }
    return result;
  }

  static Sizes matMulNBits(ShapeScope s) {
    return s.sizes(0).with(-1, SizeExpr.of(s.attribute("N", 0)));
  }
}
