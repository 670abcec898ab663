package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gradients of operators that move or view elements without computing. */
final class LayoutGradients {
  private LayoutGradients() {}

  /** Reshape, Flatten, and Squeeze or Unsqueeze without known axes. */
  static void reshape(BackwardScope s) {
    Scaled g = s.scaledDy();
    s.give(0, new Scaled(s.reshapeTo(g.value(), s.node().output(0), s.x(0)), g.factor()));
  }

  static void transpose(BackwardScope s) {
    Scaled g = s.scaledDy();
    Optional<List<Long>> perm = s.node().intsAttribute("perm");
    if (perm.isEmpty()) {
      s.give(0, new Scaled(s.op("Transpose", g.value()), g.factor()));
      return;
    }
    long[] inverse = new long[perm.get().size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[perm.get().get(i).intValue()] = i;
    }
    Map<String, Attribute> attributes = Map.of("perm", Attribute.ints(inverse));
    s.give(0, new Scaled(s.op("Transpose", attributes, g.value()), g.factor()));
  }

  static void squeeze(BackwardScope s) {
    if (!s.has(1)) {
      reshape(s);
      return;
    }
    Scaled g = s.scaledDy();
    s.give(0, new Scaled(s.op("Unsqueeze", g.value(), s.x(1)), g.factor()));
  }

  static void unsqueeze(BackwardScope s) {
    Scaled g = s.scaledDy();
    s.give(0, new Scaled(s.op("Squeeze", g.value(), s.x(1)), g.factor()));
  }

  static void expand(BackwardScope s) {
    Scaled g = s.scaledDy();
    String sum =
        new Unbroadcast(s)
            .sum(
                g.value(),
                s.x(0),
                List.of(Optional.empty()),
                Optional.of(s.shape(s.node().output(0))));
    s.give(0, new Scaled(sum, g.factor()));
  }

  static void concat(BackwardScope s) {
    Node node = s.node();
    int count = s.inputCount();
    int axis = s.shape(node.output(0)).normalizeAxis(node.intAttribute("axis", 0));
    List<String> sizes = new ArrayList<>();
    List<Long> known = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Optional<Shape> shape = s.knownShape(s.x(i));
      if (shape.isPresent() && shape.get().dim(axis) instanceof Dim.Fixed f) {
        known.add(f.size());
        sizes.add(s.longs(f.size()));
      } else {
        sizes.add(s.dimOf(s.x(i), axis));
      }
    }
    String split =
        known.size() == count
            ? s.longs(known)
            : s.onceOf("Concat", Map.of("axis", Attribute.of(0)), sizes);
    String g = s.dy();
    List<String> parts =
        s.ops("Split", Map.of("axis", Attribute.of(axis)), List.of(g, split), count);
    for (int i = 0; i < count; i++) {
      if (s.wants(i)) {
        s.give(i, parts.get(i));
      }
    }
  }

  static void split(BackwardScope s) {
    Node node = s.node();
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < node.outputs().size(); i++) {
      parts.add(s.hasDy(i) ? s.dy(i) : s.zeros(s.shapeOf(s.y(i)), s.elementType()));
    }
    Map<String, Attribute> axis = Map.of("axis", Attribute.of(node.intAttribute("axis", 0)));
    s.give(0, s.op("Concat", axis, parts.toArray(String[]::new)));
  }

  /** Puts the gradient back between zeros. */
  static void slice(BackwardScope s) {
    Shape shape = s.shape(s.x(0));
    int rank = shape.rank();
    Optional<List<Long>> starts = s.constantOf(s.x(1)).map(Tensor::toLongs);
    Optional<List<Long>> ends = s.constantOf(s.x(2)).map(Tensor::toLongs);
    Optional<List<Long>> axes =
        s.has(3) ? s.constantOf(s.x(3)).map(Tensor::toLongs) : Optional.empty();
    Optional<List<Long>> steps =
        s.has(4) ? s.constantOf(s.x(4)).map(Tensor::toLongs) : Optional.empty();
    if (starts.isPresent() && ends.isPresent() && (!s.has(3) || axes.isPresent())) {
      boolean unit = !s.has(4) || steps.map(l -> l.stream().allMatch(x -> x == 1)).orElse(false);
      Optional<long[]> pads =
          unit ? constantPads(shape, starts.get(), ends.get(), axes) : Optional.empty();
      if (pads.isPresent()) {
        s.give(0, s.op("Pad", s.dy(), s.longs(pads.get())));
        return;
      }
    }
    new SliceGradient(s, rank).give();
  }

  /** How many zeros belong before and after each axis, if the known dimensions tell. */
  private static Optional<long[]> constantPads(
      Shape shape, List<Long> starts, List<Long> ends, Optional<List<Long>> axes) {
    int rank = shape.rank();
    long[] pads = new long[2 * rank];
    for (int i = 0; i < starts.size(); i++) {
      int axis = shape.normalizeAxis(axes.isPresent() ? axes.get().get(i) : i);
      long start = starts.get(i);
      long end = ends.get(i);
      if (shape.dim(axis) instanceof Dim.Fixed f) {
        long from = clamp(start < 0 ? start + f.size() : start, f.size());
        long to = Math.max(from, clamp(end < 0 ? end + f.size() : end, f.size()));
        pads[axis] = from;
        pads[rank + axis] = f.size() - to;
      } else if (start != 0 || end < Integer.MAX_VALUE) {
        // Sizes known at run time only: starts and ends may have to be clamped.
        return Optional.empty();
      }
    }
    return Optional.of(pads);
  }

  private static long clamp(long position, long size) {
    return Math.max(0, Math.min(position, size));
  }

  /** Sums over the repetitions: [d0, d1] tiled is viewed as [r0, d0, r1, d1]. */
  static void tile(BackwardScope s) {
    int rank = s.rank(s.x(0));
    long[] even = new long[rank];
    Arrays.setAll(even, i -> 2L * i);
    Map<String, Attribute> second = Map.of("axis", Attribute.of(1));
    String repeats = s.once("Unsqueeze", Map.of(), s.x(1), s.longs(1));
    String sizes = s.once("Unsqueeze", Map.of(), s.shapeOf(s.x(0)), s.longs(1));
    String pairs = s.once("Concat", second, repeats, sizes);
    String view = s.once("Reshape", Map.of(), pairs, s.longs(-1));
    String apart = s.op("Reshape", Map.of("allowzero", Attribute.of(1)), s.dy(), view);
    s.give(0, s.op("ReduceSum", Map.of("keepdims", Attribute.of(0)), apart, s.longs(even)));
  }

  /** Pads by the negative amounts, which cuts the padding off. */
  static void pad(BackwardScope s) {
    String mode = s.node().stringAttribute("mode", "constant");
    if (!mode.equals("constant")) {
      throw MissingGradientException.because(
          s.node(), "only padding with a constant has one, found mode '%s'".formatted(mode));
    }
    if (s.wants(2)) {
      s.stop(2);
    }
    String pads =
        s.constantOf(s.x(1))
            .map(t -> s.longs(t.toLongs().stream().map(p -> -p).toList()))
            .orElseGet(() -> s.once("Neg", Map.of(), s.x(1)));
    s.give(0, s.has(3) ? s.op("Pad", s.dy(), pads, "", s.x(3)) : s.op("Pad", s.dy(), pads));
  }

  static void trilu(BackwardScope s) {
    Map<String, Attribute> upper = Map.of("upper", Attribute.of(s.node().intAttribute("upper", 1)));
    s.give(0, s.has(1) ? s.op("Trilu", upper, s.dy(), s.x(1)) : s.op("Trilu", upper, s.dy()));
  }

  /** A rotation: its gradient is the rotation back, the same operator with the sine negated. */
  static void rotaryEmbedding(BackwardScope s) {
    String back = s.once("Neg", Map.of(), s.x(3));
    s.give(0, s.microsoft("RotaryEmbedding", s.node().attributes(), s.dy(), s.x(1), s.x(2), back));
  }
}
