package dev.graft.adapter.format;

import java.util.List;

/**
 * One tensor of a safetensors file.
 *
 * @param name its name
 * @param dtype type of its elements
 * @param shape its dimensions, empty for a scalar
 * @param offset position of its first byte in the file
 * @param lengthBytes bytes it takes, always the product of the shape times the size of an element
 */
public record SafetensorsEntry(
    String name, TensorDtype dtype, List<Long> shape, long offset, long lengthBytes) {
  /** Copy the shape. */
  public SafetensorsEntry {
    shape = List.copyOf(shape);
  }
}
