package dev.graft.ort;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a model declares about an input or output.
 *
 * @param shape dimensions; -1 where any size goes
 * @param dimensionNames the symbolic name of each dimension, empty where it has none
 */
public record TensorSpec(
    String name, ElementType type, List<Long> shape, List<String> dimensionNames) {
  public TensorSpec {
    shape = List.copyOf(shape);
    dimensionNames = List.copyOf(dimensionNames);
  }

  /** Whether a tensor of these dimensions fits. */
  boolean fits(long... dims) {
    return dims.length == shape.size()
        && IntStream.range(0, dims.length)
            .allMatch(i -> shape.get(i) < 0 || shape.get(i) == dims[i]);
  }

  /** Write the shape as {@code [batch, 384]}; an unnamed free dimension is {@code ?}. */
  public String shapeText() {
    return IntStream.range(0, shape.size())
        .mapToObj(this::dimension)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private String dimension(int index) {
    if (shape.get(index) >= 0) {
      return Long.toString(shape.get(index));
    }
    String symbol = index < dimensionNames.size() ? dimensionNames.get(index) : "";
    return symbol.isEmpty() ? "?" : symbol;
  }
}
