package dev.graft.onnx.shape;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The numbers inside a small tensor, row-major; booleans are 0 and 1. */
record Content(List<Long> dims, List<SizeExpr> elements) {
  /** Larger tensors hold data rather than shapes. */
  static final int MAX_ELEMENTS = 64;

  Content {
    dims = List.copyOf(dims);
    elements = List.copyOf(elements);
  }

  static Content scalar(SizeExpr value) {
    return new Content(List.of(), List.of(value));
  }

  static Content vector(List<SizeExpr> elements) {
    return new Content(List.of((long) elements.size()), elements);
  }

  /** The content of a constant, if it is small and numeric. */
  static Optional<Content> of(Tensor tensor) {
    ElementType type = tensor.elementType();
    boolean integer =
        type == ElementType.INT64 || type == ElementType.INT32 || type == ElementType.BOOL;
    boolean real = type == ElementType.FLOAT || type == ElementType.DOUBLE;
    if (tensor.elementCount() > MAX_ELEMENTS || !(integer || real)) {
      return Optional.empty();
    }
    List<SizeExpr> elements = new ArrayList<>();
    if (integer) {
      tensor.toLongs().forEach(v -> elements.add(SizeExpr.of(v)));
    } else {
      for (double v : tensor.toDoubles()) {
        boolean whole = v == Math.rint(v) && Math.abs(v) < 1L << 52;
        elements.add(whole ? SizeExpr.of((long) v) : SizeExpr.UNKNOWN);
      }
    }
    return Optional.of(new Content(tensor.dims(), elements));
  }

  Optional<List<Long>> constants() {
    return Sizes.constants(elements);
  }

  /** The same numbers in another shape. */
  Content reshaped(List<Long> newDims) {
    return new Content(newDims, elements);
  }
}
