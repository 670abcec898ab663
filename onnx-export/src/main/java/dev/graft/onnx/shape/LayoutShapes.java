package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Shapes of operators that move, cut, join and repeat. */
final class LayoutShapes {
  private LayoutShapes() {}

  static Sizes transpose(ShapeScope s) {
    Sizes in = s.sizes(0);
    List<SizeExpr> reversed = new ArrayList<>(in.list());
    Collections.reverse(reversed);
    Optional<List<Long>> perm = s.attributes("perm");
    if (perm.isEmpty()) {
      return new Sizes(reversed);
    }
    if (perm.get().size() != in.rank() || new TreeSet<>(perm.get()).size() != in.rank()) {
      throw s.conflict("perm %s does not fit shape %s".formatted(perm.get(), in));
    }
    return new Sizes(perm.get().stream().map(p -> in.get(s.axis(p, in.rank()))).toList());
  }

  /** Sizes 0 copy (unless {@code allowzero}), one -1 takes what is left. */
  static Optional<Sizes> reshape(ShapeScope s) {
    Optional<List<SizeExpr>> wanted = s.content(1).map(Content::elements);
    if (wanted.isEmpty()) {
      return freshOfLength(s, s.sizes(1));
    }
    Sizes in = s.sizes(0);
    boolean copies = s.attribute("allowzero", 0) == 0;
    List<SizeExpr> out = new ArrayList<>();
    int open = -1;
    SizeExpr rest = SizeExpr.of(1);
    for (int i = 0; i < wanted.get().size(); i++) {
      SizeExpr size = wanted.get().get(i);
      if (size.is(-1)) {
        open = i;
        out.add(SizeExpr.of(1));
        continue;
      }
      if (size.is(0) && copies) {
        if (i >= in.rank()) {
          throw s.conflict("size 0 at axis %d copies from shape %s".formatted(i, in));
        }
        size = in.get(i);
      } else if (!size.isNonNegative()) {
        size = s.fresh(0, i);
      }
      out.add(size);
      rest = rest.times(size);
    }
    Sizes result = new Sizes(out);
    if (open >= 0) {
      return Optional.of(result.with(open, remaining(s, in, rest, open)));
    }
    s.requireEqual(in.product(), rest, "element counts of %s and %s".formatted(in, result));
    return Optional.of(refined(in, result));
  }

  private static SizeExpr remaining(ShapeScope s, Sizes in, SizeExpr rest, int axis) {
    if (rest.is(0)) {
      return s.fresh(0, axis);
    }
    Optional<SizeExpr> exact = in.product().dividedExactly(rest);
    if (exact.isEmpty() && in.product().constant().isPresent() && rest.constant().isPresent()) {
      throw s.conflict("shape %s does not divide into %s elements".formatted(in, rest));
    }
    return exact.orElseGet(() -> s.fresh(0, axis));
  }

  /** One size that is known only as itself follows from the element count. */
  private static Sizes refined(Sizes in, Sizes result) {
    for (int i = 0; i < result.rank(); i++) {
      Sizes others = result.with(i, SizeExpr.of(1));
      Optional<SizeExpr> exact = in.product().dividedExactly(others.product());
      if (exact.isPresent() && exact.get().constant().isPresent()) {
        return result.with(i, exact.get());
      }
    }
    return result;
  }

  private static Optional<Sizes> freshOfLength(ShapeScope s, Sizes shapeOfShape) {
    if (shapeOfShape.rank() != 1 || shapeOfShape.get(0).constant().isEmpty()) {
      return Optional.empty();
    }
    List<SizeExpr> sizes = new ArrayList<>();
    for (int i = 0; i < shapeOfShape.get(0).constant().getAsLong(); i++) {
      sizes.add(s.fresh(0, i));
    }
    return Optional.of(new Sizes(sizes));
  }

  static Sizes flatten(ShapeScope s) {
    Sizes in = s.sizes(0);
    long axis = s.attribute("axis", 1);
    int at = (int) (axis < 0 ? axis + in.rank() : axis);
    if (at < 0 || at > in.rank()) {
      throw s.conflict("axis %d is outside of shape %s".formatted(axis, in));
    }
    return Sizes.of(in.upTo(at).product(), in.from(at).product());
  }

  static Optional<Sizes> squeeze(ShapeScope s) {
    Sizes in = s.sizes(0);
    TreeSet<Integer> axes = new TreeSet<>();
    if (s.has(1)) {
      Optional<List<Long>> given = s.constants(1);
      if (given.isEmpty()) {
        return Optional.empty();
      }
      given.get().forEach(a -> axes.add(s.axis(a, in.rank())));
    } else {
      for (int i = 0; i < in.rank(); i++) {
        if (in.get(i).constant().isEmpty()) {
          return Optional.empty();
        }
        if (in.get(i).is(1)) {
          axes.add(i);
        }
      }
    }
    List<SizeExpr> out = new ArrayList<>();
    for (int i = 0; i < in.rank(); i++) {
      if (!axes.contains(i)) {
        out.add(in.get(i));
      } else {
        s.requireEqual(
            in.get(i), SizeExpr.of(1), "the squeezed size at axis %d and 1".formatted(i));
      }
    }
    return Optional.of(new Sizes(out));
  }

  static Optional<Sizes> unsqueeze(ShapeScope s) {
    Optional<List<Long>> given = s.constants(1);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    Sizes in = s.sizes(0);
    int rank = in.rank() + given.get().size();
    TreeSet<Integer> axes = new TreeSet<>();
    given.get().forEach(a -> axes.add(s.axis(a, rank)));
    if (axes.size() != given.get().size()) {
      throw s.conflict("axes %s repeat".formatted(given.get()));
    }
    List<SizeExpr> out = new ArrayList<>(in.list());
    axes.forEach(a -> out.add(a, SizeExpr.of(1)));
    return Optional.of(new Sizes(out));
  }

  static Optional<Sizes> expand(ShapeScope s) {
    Optional<List<SizeExpr>> wanted = s.content(1).map(Content::elements);
    if (wanted.isEmpty()) {
      return freshOfLength(s, s.sizes(1)).map(f -> s.broadcast(s.sizes(0), f));
    }
    List<SizeExpr> sizes = new ArrayList<>(wanted.get());
    for (int i = 0; i < sizes.size(); i++) {
      // Exporters write -1 for "keep"; ONNX Runtime treats it as 1.
      boolean keeps = sizes.get(i).is(-1);
      if (keeps || !sizes.get(i).isNonNegative()) {
        sizes.set(i, keeps ? SizeExpr.of(1) : s.fresh(0, i));
      }
    }
    return Optional.of(s.broadcast(s.sizes(0), new Sizes(sizes)));
  }

  static Sizes tile(ShapeScope s) {
    Sizes in = s.sizes(0);
    List<SizeExpr> out = new ArrayList<>();
    Optional<List<SizeExpr>> repeats = s.content(1).map(Content::elements);
    for (int i = 0; i < in.rank(); i++) {
      SizeExpr size =
          repeats.isPresent() ? in.get(i).times(repeats.get().get(i)) : SizeExpr.UNKNOWN;
      out.add(size.isKnown() ? size : s.fresh(0, i));
    }
    return new Sizes(out);
  }

  static Sizes concat(ShapeScope s) {
    Sizes first = s.sizes(0);
    int axis = s.axis(s.attribute("axis", 0), first.rank());
    SizeExpr total = SizeExpr.of(0);
    Sizes result = first;
    for (int i = 0; i < s.inputCount(); i++) {
      Sizes part = s.sizes(i);
      if (part.rank() != first.rank()) {
        throw s.conflict("cannot join shapes %s and %s".formatted(first, part));
      }
      total = total.plus(part.get(axis));
      for (int d = 0; d < first.rank(); d++) {
        if (d != axis) {
          s.requireEqual(first.get(d), part.get(d), "sizes at axis %d".formatted(d));
          result = part.get(d).constant().isPresent() ? result.with(d, part.get(d)) : result;
        }
      }
    }
    return result.with(axis, total);
  }

  static List<Sizes> split(ShapeScope s) {
    Sizes in = s.sizes(0);
    int axis = s.axis(s.attribute("axis", 0), in.rank());
    int count = s.node().outputs().size();
    Optional<List<SizeExpr>> parts = s.content(1).map(Content::elements);
    List<Sizes> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SizeExpr size;
      SizeExpr unknown = s.fresh(i, axis);
      if (s.has(1)) {
        size = parts.isPresent() ? parts.get().get(i) : SizeExpr.UNKNOWN;
        // Whatever is split by the same numbers has parts of the same sizes.
        unknown = SizeExpr.atom("%s.part%d".formatted(s.node().input(1), i));
      } else {
        size = evenPart(in.get(axis), count, i);
      }
      out.add(in.with(axis, size.isKnown() ? size : unknown));
    }
    return out;
  }

  /** Equal parts, the last one smaller where they do not come out even. */
  private static SizeExpr evenPart(SizeExpr total, int count, int index) {
    Optional<SizeExpr> even = total.dividedExactly(SizeExpr.of(count));
    if (even.isPresent() || total.constant().isEmpty()) {
      return even.orElse(SizeExpr.UNKNOWN);
    }
    long part = -Math.floorDiv(-total.constant().getAsLong(), (long) count);
    return SizeExpr.of(
        index < count - 1 ? part : total.constant().getAsLong() - part * (count - 1));
  }

  static Sizes pad(ShapeScope s) {
    Sizes in = s.sizes(0);
    Optional<List<SizeExpr>> pads = s.content(1).map(Content::elements);
    Optional<List<Integer>> axes = padAxes(s, in.rank());
    Sizes out = in;
    for (int axis = 0; axis < in.rank(); axis++) {
      int at = axes.isPresent() ? axes.get().indexOf(axis) : 0;
      if (at < 0) {
        continue;
      }
      SizeExpr padded = SizeExpr.UNKNOWN;
      if (axes.isPresent() && pads.isPresent()) {
        SizeExpr before = pads.get().get(at);
        SizeExpr after = pads.get().get(at + pads.get().size() / 2);
        padded = in.get(axis).plus(before).plus(after);
      }
      out = out.with(axis, padded.isKnown() ? padded : s.fresh(0, axis));
    }
    return out;
  }

  private static Optional<List<Integer>> padAxes(ShapeScope s, int rank) {
    if (s.has(3)) {
      return s.constants(3).map(list -> list.stream().map(a -> s.axis(a, rank)).toList());
    }
    return Optional.of(IntStream.range(0, rank).boxed().toList());
  }

  static Sizes shape(ShapeScope s) {
    int[] range = shapeRange(s);
    return Sizes.of(SizeExpr.of(Math.max(0, range[1] - range[0])));
  }

  /** The part of the dimensions that {@code Shape} answers: first and last plus one. */
  static int[] shapeRange(ShapeScope s) {
    int rank = s.sizes(0).rank();
    return new int[] {clamp(s.attribute("start", 0), rank), clamp(s.attribute("end", rank), rank)};
  }

  private static int clamp(long axis, int rank) {
    return (int) Math.max(0, Math.min(rank, axis < 0 ? axis + rank : axis));
  }

  static Optional<Sizes> constantOfShape(ShapeScope s) {
    Optional<List<SizeExpr>> wanted = s.content(0).map(Content::elements);
    if (wanted.isEmpty()) {
      return freshOfLength(s, s.sizes(0));
    }
    List<SizeExpr> out = new ArrayList<>();
    for (int i = 0; i < wanted.get().size(); i++) {
      out.add(wanted.get().get(i).isKnown() ? wanted.get().get(i) : s.fresh(0, i));
    }
    return Optional.of(new Sizes(out));
  }

  static Sizes range(ShapeScope s) {
    SizeExpr start = s.content(0).map(c -> c.elements().get(0)).orElse(SizeExpr.UNKNOWN);
    SizeExpr limit = s.content(1).map(c -> c.elements().get(0)).orElse(SizeExpr.UNKNOWN);
    SizeExpr delta = s.content(2).map(c -> c.elements().get(0)).orElse(SizeExpr.UNKNOWN);
    SizeExpr span = limit.minus(start);
    if (span.constant().isPresent() && delta.constant().isPresent() && !delta.is(0)) {
      long steps = -Math.floorDiv(-span.constant().getAsLong(), delta.constant().getAsLong());
      return Sizes.of(SizeExpr.of(Math.max(0, steps)));
    }
    return Sizes.of(delta.is(1) && span.isNonNegative() ? span : s.fresh(0, 0));
  }
}
