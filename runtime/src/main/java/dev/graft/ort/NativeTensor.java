package dev.graft.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A tensor whose elements lie in a direct buffer that Java owns and ONNX Runtime reads and writes
 * in place.
 *
 * <p>Fill it through a buffer view, pass it to any number of runs, close it. Closing while a run
 * uses it is safe: the native object goes when the last run ends. The buffer's memory itself
 * returns when the collector finds it unused, so a tensor that every step needs is best made once
 * and refilled. Threads may share a tensor as long as none writes while another runs.
 */
public final class NativeTensor implements AutoCloseable {
  private final ElementType type;
  private final long[] shape;
  private final ByteBuffer bytes;
  private final OnnxTensor tensor;
  private final NativeHandles.Handle handle;
  private final AtomicBoolean closed = new AtomicBoolean();
  // One for the owner, one for each run in flight; the last to let go frees the native object.
  private final AtomicInteger holders = new AtomicInteger(1);

  private NativeTensor(ElementType type, long[] shape, ByteBuffer bytes) {
    this.type = type;
    this.shape = shape;
    this.bytes = bytes;
    try {
      this.tensor =
          OnnxTensor.createTensor(
              Library.environment(),
              bytes.duplicate().order(bytes.order()),
              shape,
              type.nativeType());
    } catch (OrtException e) {
      throw OrtFailure.during(
          "making a %s tensor of shape %s".formatted(type, Arrays.toString(shape)), e);
    }
    this.handle = NativeHandles.open("%s tensor %s".formatted(type, Arrays.toString(shape)));
  }

  /** Allocate a tensor of zeros. */
  public static NativeTensor zeros(ElementType type, long... shape) {
    int length = lengthBytes(type, shape);
    return new NativeTensor(
        type, shape.clone(), ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder()));
  }

  /** Allocate a float tensor of zeros. */
  public static NativeTensor floats(long... shape) {
    return zeros(ElementType.FLOAT, shape);
  }

  /** Allocate an int64 tensor of zeros. */
  public static NativeTensor longs(long... shape) {
    return zeros(ElementType.INT64, shape);
  }

  /** Allocate an int32 tensor of zeros. */
  public static NativeTensor ints(long... shape) {
    return zeros(ElementType.INT32, shape);
  }

  /** Allocate a bool tensor of false, one byte each. */
  public static NativeTensor bools(long... shape) {
    return zeros(ElementType.BOOL, shape);
  }

  /** Copy values, row-major, into a new float tensor. */
  public static NativeTensor of(float[] values, long... shape) {
    requireCount(values.length, shape);
    NativeTensor made = floats(shape);
    made.floatBuffer().put(values);
    return made;
  }

  /** Copy values, row-major, into a new int64 tensor. */
  public static NativeTensor of(long[] values, long... shape) {
    requireCount(values.length, shape);
    NativeTensor made = longs(shape);
    made.longBuffer().put(values);
    return made;
  }

  /** Copy values, row-major, into a new int32 tensor. */
  public static NativeTensor of(int[] values, long... shape) {
    requireCount(values.length, shape);
    NativeTensor made = ints(shape);
    made.intBuffer().put(values);
    return made;
  }

  /**
   * Use the remaining bytes of a direct buffer in place, for instance those of a mapped file.
   *
   * @param direct little-endian elements, row-major, exactly as many bytes as the shape needs
   * @throws IllegalArgumentException if the buffer is not direct or has another size
   */
  public static NativeTensor wrap(ByteBuffer direct, ElementType type, long... shape) {
    int expected = lengthBytes(type, shape);
    if (!direct.isDirect() || direct.remaining() != expected) {
      throw new IllegalArgumentException(
          "buffer for a %s tensor of shape %s is %s with %d bytes, expected direct with %d bytes"
              .formatted(
                  type,
                  Arrays.toString(shape),
                  direct.isDirect() ? "direct" : "on the heap",
                  direct.remaining(),
                  expected));
    }
    return new NativeTensor(type, shape.clone(), direct.slice().order(ByteOrder.nativeOrder()));
  }

  public ElementType type() {
    return type;
  }

  /** The dimensions; a copy. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public int size() {
    return bytes.capacity() / type.bytes();
  }

  /**
   * View the elements; writes go to the tensor. The view must not be used once the tensor is
   * closed.
   */
  public FloatBuffer floatBuffer() {
    return open(ElementType.FLOAT).asFloatBuffer();
  }

  /** View the elements; writes go to the tensor. */
  public LongBuffer longBuffer() {
    return open(ElementType.INT64).asLongBuffer();
  }

  /** View the elements; writes go to the tensor. */
  public IntBuffer intBuffer() {
    return open(ElementType.INT32).asIntBuffer();
  }

  /** View the raw bytes, whatever the type; writes go to the tensor. */
  public ByteBuffer byteBuffer() {
    return open(type);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }

  @Override
  public String toString() {
    return "%s%s".formatted(type, Arrays.toString(shape));
  }

  /** Keep the native object alive until {@link #release()}; for a run or a model that uses it. */
  void retain() {
    int held = holders.get();
    while (held > 0 && !closed.get()) {
      if (holders.compareAndSet(held, held + 1)) {
        return;
      }
      held = holders.get();
    }
    throw new IllegalStateException("%s tensor was closed before it was used".formatted(this));
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      tensor.close();
      handle.close();
    }
  }

  OnnxTensor onnx() {
    return tensor;
  }

  private ByteBuffer open(ElementType wanted) {
    if (closed.get()) {
      throw new IllegalStateException("%s tensor is closed".formatted(this));
    }
    if (wanted != type) {
      throw new IllegalStateException("tensor holds %s, not %s".formatted(type, wanted));
    }
    return bytes.duplicate().order(ByteOrder.nativeOrder());
  }

  private static void requireCount(int found, long... shape) {
    long expected = elements(shape);
    if (found != expected) {
      throw new IllegalArgumentException(
          "%d values for a tensor of shape %s, expected %d"
              .formatted(found, Arrays.toString(shape), expected));
    }
  }

  private static int lengthBytes(ElementType type, long... shape) {
    try {
      return Math.toIntExact(Math.multiplyExact(elements(shape), type.bytes()));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s tensor of shape %s is 2 GiB or larger, which one buffer cannot hold"
              .formatted(type, Arrays.toString(shape)),
          e);
    }
  }

  private static long elements(long... shape) {
    long count = 1;
    for (long dim : shape) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "shape %s has a negative dimension".formatted(Arrays.toString(shape)));
      }
      count = Math.multiplyExact(count, dim);
    }
    return count;
  }
}
