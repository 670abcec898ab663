package dev.graft.inject;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A frozen matrix {@code [K, N]} in signed bytes, with one scale per column: symmetric, so that the
 * column's largest value becomes 127.
 *
 * @param bytes {@code [K, N]}, outside of the Java heap
 * @param scales {@code [N]}
 */
record QuantizedMatrix(Tensor bytes, Tensor scales) {
  private static final int LARGEST = 127;

  /**
   * Quantizes a matrix in two passes over it, which keep no more than a part of it.
   *
   * @param turned whether {@code [K, N]} is the transpose of the matrix
   */
  static QuantizedMatrix of(Tensor matrix, boolean turned) {
    int rows = Math.toIntExact(matrix.dims().get(0));
    int columns = Math.toIntExact(matrix.dims().get(1));
    float[] scales = scales(matrix, turned ? rows : columns, turned);
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.multiplyExact(rows, columns));
    forEachRun(
        matrix,
        (row, column, values, length) -> {
          int at = turned ? column * rows + row : row * columns + column;
          for (int i = 0; i < length; i++) {
            float scale = scales[turned ? row : column + i];
            bytes.put(turned ? at + i * rows : at + i, (byte) Math.round(values[i] / scale));
          }
        });
    List<Long> shape =
        turned ? List.of((long) columns, (long) rows) : List.of((long) rows, (long) columns);
    return new QuantizedMatrix(
        new Tensor(ElementType.INT8, shape, new TensorData.Inline(bytes)),
        Tensor.floats(List.of((long) scales.length), scales));
  }

  /** The scales of the product with {@code alpha} times this matrix. */
  Tensor scalesTimes(float alpha) {
    if (alpha == 1) {
      return scales;
    }
    float[] values = scales.toFloats();
    IntStream.range(0, values.length).forEach(i -> values[i] *= alpha);
    return Tensor.floats(scales.dims(), values);
  }

  private static float[] scales(Tensor matrix, int count, boolean turned) {
    float[] scales = new float[count];
    forEachRun(
        matrix,
        (row, column, values, length) -> {
          for (int i = 0; i < length; i++) {
            int at = turned ? row : column + i;
            scales[at] = Math.max(scales[at], Math.abs(values[i]));
          }
        });
    for (int i = 0; i < count; i++) {
      scales[i] = scales[i] == 0 ? 1 : scales[i] / LARGEST;
    }
    return scales;
  }

  /** Takes neighbouring values of one row: {@code values[0]} is the one at {@code column}. */
  @FunctionalInterface
  private interface RunReader {
    void accept(int row, int column, float[] values, int length);
  }

  /** The values, read rather than mapped: pages of a mapped file count as memory in use. */
  private static void forEachRun(Tensor matrix, RunReader reader) {
    int columns = Math.toIntExact(matrix.dims().get(1));
    float[] values = new float[columns];
    int[] next = {0};
    try {
      matrix
          .data()
          .forEachPart(
              part -> {
                FloatBuffer floats = part.asFloatBuffer();
                while (floats.hasRemaining()) {
                  int column = next[0] % columns;
                  int length = Math.min(columns - column, floats.remaining());
                  floats.get(values, 0, length);
                  reader.accept(next[0] / columns, column, values, length);
                  next[0] += length;
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
