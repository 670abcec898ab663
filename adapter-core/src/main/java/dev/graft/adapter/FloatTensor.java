package dev.graft.adapter;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * An immutable dense tensor of 32-bit floats in row-major order.
 *
 * <p>Equality is by shape and by the bits of the values, so two equal tensors write equal files.
 */
public final class FloatTensor {
  private final List<Long> shape;
  private final float[] data;

  private FloatTensor(List<Long> shape, float[] data) {
    this.shape = List.copyOf(shape);
    this.data = data;
    long count = elementCount(this.shape);
    if (count != data.length) {
      throw new IllegalArgumentException(
          "tensor of shape %s needs %d values, found %d".formatted(shape, count, data.length));
    }
  }

  /**
   * Make a tensor from a copy of {@code values}.
   *
   * @throws IllegalArgumentException if a dimension is negative or the product of the shape is not
   *     {@code values.length}
   */
  public static FloatTensor of(List<Long> shape, float[] values) {
    return new FloatTensor(shape, values.clone());
  }

  /**
   * Make a tensor that takes over {@code values} without copying; the caller must not touch the
   * array afterwards.
   *
   * @throws IllegalArgumentException if a dimension is negative or the product of the shape is not
   *     {@code values.length}
   */
  public static FloatTensor wrap(List<Long> shape, float[] values) {
    return new FloatTensor(shape, values);
  }

  /** Make a tensor of zeros. */
  public static FloatTensor zeros(List<Long> shape) {
    long count = elementCount(shape);
    if (count > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor of shape %s has %d values, more than a Java array holds".formatted(shape, count));
    }
    return new FloatTensor(shape, new float[(int) count]);
  }

  private static long elementCount(List<Long> shape) {
    long count = 1;
    for (long dim : shape) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "negative dimension %d in shape %s".formatted(dim, shape));
      }
      try {
        count = Math.multiplyExact(count, dim);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "shape %s has more than 2^63 values".formatted(shape), e);
      }
    }
    return count;
  }

  /** The dimensions; empty for a scalar. */
  public List<Long> shape() {
    return shape;
  }

  /** The number of values. */
  public int size() {
    return data.length;
  }

  /** A copy of the values in row-major order. */
  public float[] toArray() {
    return data.clone();
  }

  /** A read-only view of the values in row-major order, positioned at the first. */
  public FloatBuffer buffer() {
    return FloatBuffer.wrap(data).asReadOnlyBuffer();
  }

  /**
   * This matrix with rows and columns exchanged.
   *
   * @throws IllegalStateException if the rank of this tensor is not 2
   */
  public FloatTensor transposed() {
    if (shape.size() != 2) {
      throw new IllegalStateException("only a matrix can be transposed, found shape " + shape);
    }
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    float[] flipped = new float[data.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        flipped[column * rows + row] = data[row * columns + column];
      }
    }
    return new FloatTensor(List.of(shape.get(1), shape.get(0)), flipped);
  }

  /** This tensor with every value multiplied by {@code factor}, rounded once to a float. */
  public FloatTensor scaled(double factor) {
    float[] product = new float[data.length];
    for (int i = 0; i < data.length; i++) {
      product[i] = (float) (data[i] * factor);
    }
    return new FloatTensor(shape, product);
  }

  /** Whether no value is NaN or infinite. */
  public boolean isFinite() {
    for (float value : data) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Whether every value is zero (of either sign). */
  public boolean isZero() {
    for (float value : data) {
      if (value != 0f) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FloatTensor that
        && shape.equals(that.shape)
        && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return "FloatTensor" + shape;
  }
}
