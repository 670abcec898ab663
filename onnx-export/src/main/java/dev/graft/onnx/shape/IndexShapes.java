package dev.graft.onnx.shape;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Shapes of operators that pick elements. */
final class IndexShapes {
  private IndexShapes() {}

  static Sizes gather(ShapeScope s) {
    Sizes data = s.sizes(0);
    int axis = s.axis(s.attribute("axis", 0), data.rank());
    return data.upTo(axis).plus(s.sizes(1)).plus(data.from(axis + 1));
  }

  /** {@code indices[..,k]} address the axes that follow the batch axes. */
  static Optional<Sizes> gatherNd(ShapeScope s) {
    Sizes data = s.sizes(0);
    Sizes indices = s.sizes(1);
    int batch = (int) s.attribute("batch_dims", 0);
    if (indices.rank() == 0) {
      throw s.conflict("indices must have rank 1 or more");
    }
    OptionalLong depth = indices.get(-1).constant();
    if (depth.isEmpty()) {
      return Optional.empty();
    }
    int used = (int) (batch + depth.getAsLong());
    if (used > data.rank()) {
      throw s.conflict("indices %s address more axes than shape %s has".formatted(indices, data));
    }
    return Optional.of(indices.upTo(indices.rank() - 1).plus(data.from(used)));
  }

  static Sizes oneHot(ShapeScope s) {
    Sizes indices = s.sizes(0);
    int axis = s.axis(s.attribute("axis", -1), indices.rank() + 1);
    SizeExpr depth = s.content(1).map(c -> c.elements().get(0)).orElse(SizeExpr.UNKNOWN);
    return indices
        .upTo(axis)
        .plus(Sizes.of(depth.isKnown() ? depth : s.fresh(0, axis)))
        .plus(indices.from(axis));
  }

  static Sizes nonZero(ShapeScope s) {
    return Sizes.of(SizeExpr.of(s.sizes(0).rank()), s.fresh(0, 1));
  }

  static List<Sizes> topK(ShapeScope s) {
    Sizes in = s.sizes(0);
    int axis = s.axis(s.attribute("axis", -1), in.rank());
    SizeExpr k = s.content(1).map(c -> c.elements().get(0)).orElse(SizeExpr.UNKNOWN);
    Sizes out = in.with(axis, k.isNonNegative() ? k : s.fresh(0, axis));
    return List.of(out, out);
  }
}
