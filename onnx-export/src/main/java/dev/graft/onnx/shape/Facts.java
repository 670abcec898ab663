package dev.graft.onnx.shape;

import dev.graft.onnx.ElementType;
import java.util.Optional;

/** What inference knows about a value. */
record Facts(Optional<ElementType> elementType, Optional<Sizes> sizes, Optional<Content> content) {
  static final Facts NOTHING = new Facts(Optional.empty(), Optional.empty(), Optional.empty());
}
