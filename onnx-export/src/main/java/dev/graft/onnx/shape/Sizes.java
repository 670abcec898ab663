package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The sizes of a tensor of known rank. */
record Sizes(List<SizeExpr> list) {
  static final Sizes SCALAR = new Sizes(List.of());

  Sizes {
    list = List.copyOf(list);
  }

  static Sizes of(SizeExpr... sizes) {
    return new Sizes(List.of(sizes));
  }

  static Sizes ofLongs(List<Long> sizes) {
    return new Sizes(sizes.stream().map(SizeExpr::of).toList());
  }

  int rank() {
    return list.size();
  }

  /** The size at an axis; negative axes count from the end. */
  SizeExpr get(int axis) {
    return list.get(axis < 0 ? axis + rank() : axis);
  }

  Sizes from(int start) {
    return new Sizes(list.subList(start, rank()));
  }

  Sizes upTo(int end) {
    return new Sizes(list.subList(0, end));
  }

  Sizes plus(Sizes more) {
    List<SizeExpr> all = new ArrayList<>(list);
    all.addAll(more.list);
    return new Sizes(all);
  }

  Sizes with(int axis, SizeExpr size) {
    List<SizeExpr> changed = new ArrayList<>(list);
    changed.set(axis < 0 ? axis + rank() : axis, size);
    return new Sizes(changed);
  }

  SizeExpr product() {
    SizeExpr product = SizeExpr.of(1);
    for (SizeExpr size : list) {
      product = product.times(size);
    }
    return product;
  }

  /** The sizes as numbers, if all are constant. */
  Optional<List<Long>> constants() {
    return constants(list);
  }

  static Optional<List<Long>> constants(List<SizeExpr> list) {
    List<Long> numbers = new ArrayList<>();
    for (SizeExpr size : list) {
      if (size.constant().isEmpty()) {
        return Optional.empty();
      }
      numbers.add(size.constant().getAsLong());
    }
    return Optional.of(numbers);
  }

  @Override
  public String toString() {
    return list.stream().map(SizeExpr::toString).collect(Collectors.joining(",", "[", "]"));
  }
}
