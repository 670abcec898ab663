package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import java.util.Arrays;
import java.util.Map;

/**
 * Gradients of operators that pick or place elements by index.
 *
 * <p>Sums go through {@code ScatterElements}: ONNX Runtime's {@code ScatterND} adds in parallel
 * without a lock, so that repeated indices give another wrong sum at every run
 * (https://github.com/microsoft/onnxruntime/issues/18048).
 */
final class IndexGradients {
  private IndexGradients() {}

  /** Adds the slices of the gradient up where they were taken from. */
  static void gather(BackwardScope s) {
    int rank = s.rank(s.x(0));
    int axis = s.shape(s.x(0)).normalizeAxis(s.node().intAttribute("axis", 0));
    String slices = s.dy();
    if (s.rank(s.x(1)) != 1) {
      slices = s.op("Reshape", slices, joined(s, rank, axis));
    }
    long[] column = new long[rank];
    Arrays.fill(column, 1);
    column[axis] = -1;
    String indices = s.once("Reshape", Map.of(), s.x(1), s.longs(column));
    give(s, axis, s.op("Expand", indices, s.op("Shape", slices)), slices);
  }

  static void gatherElements(BackwardScope s) {
    int axis = (int) s.node().intAttribute("axis", 0);
    give(s, axis, s.x(1), s.dy());
  }

  /** Indices of elements become positions in the input made flat. */
  static void gatherNd(BackwardScope s) {
    if (s.node().intAttribute("batch_dims", 0) != 0) {
      throw MissingGradientException.because(s.node(), "batch_dims are not supported");
    }
    s.give(0, FlatIndex.of(s, s.x(0), s.x(1)).add(s.zerosLike(s.x(0)), s.dy()));
  }

  /** What was overwritten gets no gradient; the updates get that of their place. */
  static void scatterElements(BackwardScope s) {
    Map<String, Attribute> axis = Map.of("axis", Attribute.of(s.node().intAttribute("axis", 0)));
    boolean adds = adds(s);
    if (s.wants(0)) {
      s.give(0, adds ? s.dy() : s.op("ScatterElements", axis, s.dy(), s.x(1), s.zerosLike(s.x(2))));
    }
    if (s.wants(2)) {
      s.give(2, s.op("GatherElements", axis, s.dy(), s.x(1)));
    }
  }

  static void scatterNd(BackwardScope s) {
    boolean adds = adds(s);
    if (s.wants(0)) {
      s.give(0, adds ? s.dy() : s.op("ScatterND", s.dy(), s.x(1), s.zerosLike(s.x(2))));
    }
    if (s.wants(2)) {
      s.give(2, s.op("GatherND", s.dy(), s.x(1)));
    }
  }

  /** Whether updates are added; without reduction, indices must not repeat. */
  private static boolean adds(BackwardScope s) {
    String reduction = s.node().stringAttribute("reduction", "none");
    if (!reduction.equals("none") && !reduction.equals("add")) {
      throw MissingGradientException.because(
          s.node(), "only reductions 'none' and 'add' have one, found '%s'".formatted(reduction));
    }
    return reduction.equals("add");
  }

  /** The values' gradient goes where output 1 says that they came from. */
  static void topK(BackwardScope s) {
    int axis = (int) s.node().intAttribute("axis", -1);
    give(s, axis, s.y(1), s.dy(0));
  }

  /** The input's shape with -1 for the axis that indices replace. */
  private static String joined(BackwardScope s, int rank, int axis) {
    String[] dims = new String[rank];
    Arrays.setAll(dims, i -> i == axis ? s.longs(-1) : s.dimOf(s.x(0), i));
    return rank == 1 ? dims[0] : s.once("Concat", Map.of("axis", Attribute.of(0)), dims);
  }

  private static void give(BackwardScope s, int axis, String indices, String updates) {
    Map<String, Attribute> add =
        Map.of("axis", Attribute.of(axis), "reduction", Attribute.of("add"));
    s.give(0, s.op("ScatterElements", add, s.zerosLike(s.x(0)), indices, updates));
  }
}
