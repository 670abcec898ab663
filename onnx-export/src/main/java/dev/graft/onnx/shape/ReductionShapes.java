package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Shapes of reductions and of normalisations over trailing axes. */
final class ReductionShapes {
  private ReductionShapes() {}

  static Optional<Sizes> reduce(ShapeScope s) {
    Sizes in = s.sizes(0);
    TreeSet<Integer> axes = new TreeSet<>();
    if (s.has(1)) {
      Optional<List<Long>> given = s.constants(1);
      if (given.isEmpty()) {
        return Optional.empty();
      }
      given.get().forEach(a -> axes.add(s.axis(a, in.rank())));
    }
    if (axes.isEmpty() && s.attribute("noop_with_empty_axes", 0) != 0) {
      return Optional.of(in);
    }
    return Optional.of(reduced(in, axes, s.attribute("keepdims", 1) != 0));
  }

  /** No axes at all means every axis. */
  private static Sizes reduced(Sizes in, Set<Integer> axes, boolean keep) {
    List<SizeExpr> out = new ArrayList<>();
    for (int i = 0; i < in.rank(); i++) {
      boolean gone = axes.isEmpty() || axes.contains(i);
      if (!gone || keep) {
        out.add(gone ? SizeExpr.of(1) : in.get(i));
      }
    }
    return new Sizes(out);
  }

  static Sizes argument(ShapeScope s) {
    Sizes in = s.sizes(0);
    TreeSet<Integer> axes = new TreeSet<>(List.of(s.axis(s.attribute("axis", 0), in.rank())));
    return reduced(in, axes, s.attribute("keepdims", 1) != 0);
  }

  /** The result, and twice the statistics, whose sizes are 1 from {@code axis} on. */
  static List<Sizes> normalization(ShapeScope s) {
    Sizes in = s.sizes(0);
    int axis = s.axis(s.attribute("axis", -1), in.rank());
    for (int i = 1; i < s.inputCount(); i++) {
      if (s.has(i)) {
        s.broadcast(in, s.sizes(i));
      }
    }
    Sizes statistics = in;
    for (int i = axis; i < in.rank(); i++) {
      statistics = statistics.with(i, SizeExpr.of(1));
    }
    return List.of(in, statistics, statistics);
  }
}
