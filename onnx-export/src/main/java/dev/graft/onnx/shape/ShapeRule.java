package dev.graft.onnx.shape;

import dev.graft.onnx.ElementType;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How one operator's outputs are typed. The sizes are asked for only when the rank of every present
 * input is known.
 *
 * @param types per output; the last one holds for all further outputs
 */
record ShapeRule(List<TypeRule> types, SizesRule sizes) {

  /** The element type of one output, if the inputs tell. */
  interface TypeRule {
    Optional<ElementType> of(ShapeScope s);
  }

  /** The sizes of the first outputs; outputs that are not listed have an unknown rank. */
  interface SizesRule {
    List<Sizes> of(ShapeScope s);
  }

  ShapeRule {
    types = List.copyOf(types);
  }

  static ShapeRule one(TypeRule type, Function<ShapeScope, Sizes> sizes) {
    return new ShapeRule(List.of(type), s -> List.of(sizes.apply(s)));
  }

  /** For operators whose rank may depend on numbers that are not known. */
  static ShapeRule maybe(TypeRule type, Function<ShapeScope, Optional<Sizes>> sizes) {
    return new ShapeRule(List.of(type), s -> sizes.apply(s).map(List::of).orElse(List.of()));
  }

  static ShapeRule many(SizesRule sizes, TypeRule... types) {
    return new ShapeRule(List.of(types), sizes);
  }

  /** The element type of input {@code i}. */
  static TypeRule like(int i) {
    return s -> s.elementType(i);
  }

  static TypeRule always(ElementType type) {
    return s -> Optional.of(type);
  }
}
