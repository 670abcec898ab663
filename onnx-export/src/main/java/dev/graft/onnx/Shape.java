package dev.graft.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The dimensions of a tensor of known rank. */
public record Shape(List<Dim> dims) {
  public static final Shape SCALAR = new Shape(List.of());

  public Shape {
    dims = List.copyOf(dims);
  }

  /**
   * Makes a shape of sizes ({@code Integer}, {@code Long}), names ({@code String}) and {@link
   * Dim}s.
   */
  public static Shape of(Object... dims) {
    List<Dim> list = new ArrayList<>();
    for (Object dim : dims) {
      if (dim instanceof Number n) {
        list.add(Dim.of(n.longValue()));
      } else if (dim instanceof String name) {
        list.add(Dim.of(name));
      } else if (dim instanceof Dim d) {
        list.add(d);
      } else {
        throw new IllegalArgumentException(
            "a dimension is a number, a name or a Dim, found '%s'".formatted(dim));
      }
    }
    return new Shape(list);
  }

  /** Makes a shape of fixed sizes. */
  public static Shape ofSizes(List<Long> sizes) {
    return new Shape(sizes.stream().map(s -> (Dim) new Dim.Fixed(s)).toList());
  }

  public int rank() {
    return dims.size();
  }

  /** The dimension at an axis; negative axes count from the end. */
  public Dim dim(int axis) {
    return dims.get(normalizeAxis(axis));
  }

  /** Maps a negative axis to its non-negative form. */
  public int normalizeAxis(long axis) {
    long normal = axis < 0 ? axis + rank() : axis;
    if (normal < 0 || normal >= rank()) {
      throw new IllegalArgumentException("axis %d is outside of shape %s".formatted(axis, this));
    }
    return (int) normal;
  }

  /** Whether every dimension is a fixed size. */
  public boolean isStatic() {
    return dims.stream().allMatch(d -> d instanceof Dim.Fixed);
  }

  /** The sizes of a static shape. */
  public List<Long> sizes() {
    return dims.stream().map(d -> ((Dim.Fixed) d).size()).toList();
  }

  /** The number of elements, if the shape is static. */
  public OptionalLong elementCount() {
    if (!isStatic()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(sizes().stream().reduce(1L, Math::multiplyExact));
  }

  /** Whether both shapes certainly are the same at run time. */
  public boolean surelyEquals(Shape other) {
    if (rank() != other.rank()) {
      return false;
    }
    for (int i = 0; i < rank(); i++) {
      if (!dims.get(i).surelyEquals(other.dims.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]"));
  }
}
