package dev.graft.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A constant tensor: an initializer or the value of a {@code Constant} node. */
public record Tensor(ElementType elementType, List<Long> dims, TensorData data) {

  public Tensor {
    dims = List.copyOf(dims);
    long count = dims.stream().reduce(1L, Math::multiplyExact);
    long expected = Math.multiplyExact(count, elementType.sizeBytes());
    if (elementType != ElementType.STRING && data.sizeBytes() != expected) {
      throw new IllegalArgumentException(
          "a %s tensor of shape %s needs %d bytes, found %d"
              .formatted(elementType.text(), dims, expected, data.sizeBytes()));
    }
  }

  /** A float tensor; {@code values} are copied. */
  public static Tensor floats(List<Long> dims, float... values) {
    ByteBuffer bytes = allocate(4L * values.length);
    bytes.asFloatBuffer().put(values);
    return new Tensor(ElementType.FLOAT, dims, new TensorData.Inline(bytes));
  }

  /** A double tensor; {@code values} are copied. */
  public static Tensor doubles(List<Long> dims, double... values) {
    ByteBuffer bytes = allocate(8L * values.length);
    bytes.asDoubleBuffer().put(values);
    return new Tensor(ElementType.DOUBLE, dims, new TensorData.Inline(bytes));
  }

  /** An int64 tensor; {@code values} are copied. */
  public static Tensor longs(List<Long> dims, long... values) {
    ByteBuffer bytes = allocate(8L * values.length);
    bytes.asLongBuffer().put(values);
    return new Tensor(ElementType.INT64, dims, new TensorData.Inline(bytes));
  }

  /** A rank-1 int64 tensor. */
  public static Tensor longVector(long... values) {
    return longs(List.of((long) values.length), values);
  }

  /** A bool tensor. */
  public static Tensor bools(List<Long> dims, boolean... values) {
    ByteBuffer bytes = allocate(values.length);
    for (int i = 0; i < values.length; i++) {
      bytes.put(i, (byte) (values[i] ? 1 : 0));
    }
    return new Tensor(ElementType.BOOL, dims, new TensorData.Inline(bytes));
  }

  /** A scalar (rank 0) of a floating-point or integer type. */
  public static Tensor scalar(ElementType type, double value) {
    ByteBuffer bytes = allocate(type.sizeBytes());
    switch (type) {
      case FLOAT -> bytes.putFloat(0, (float) value);
      case DOUBLE -> bytes.putDouble(0, value);
      case INT64 -> bytes.putLong(0, (long) value);
      case INT32 -> bytes.putInt(0, (int) value);
      case BOOL -> bytes.put(0, (byte) (value != 0 ? 1 : 0));
      case FLOAT16 -> bytes.putShort(0, Half.ofFloat((float) value));
      default ->
          throw new IllegalArgumentException(
              "cannot make a scalar of type %s".formatted(type.text()));
    }
    return new Tensor(type, List.of(), new TensorData.Inline(bytes));
  }

  /**
   * A string tensor of encoded elements. Its data is, per element, the length as an int32 and then
   * the bytes.
   */
  public static Tensor strings(List<Long> dims, List<ByteBuffer> elements) {
    long size = elements.stream().mapToLong(e -> 4L + e.remaining()).sum();
    ByteBuffer bytes = allocate(size);
    for (ByteBuffer element : elements) {
      bytes.putInt(element.remaining()).put(element.duplicate());
    }
    return new Tensor(ElementType.STRING, dims, new TensorData.Inline(bytes.flip()));
  }

  private static ByteBuffer allocate(long size) {
    return ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
  }

  public Shape shape() {
    return Shape.ofSizes(dims);
  }

  public TensorType type() {
    return TensorType.of(elementType, shape());
  }

  public long elementCount() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /** The elements of a float, double or half tensor as doubles. */
  public double[] toDoubles() {
    ByteBuffer bytes = data.bytes();
    double[] out = new double[Math.toIntExact(elementCount())];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (elementType) {
            case FLOAT -> bytes.getFloat(4 * i);
            case DOUBLE -> bytes.getDouble(8 * i);
            case FLOAT16 -> Half.toFloat(bytes.getShort(2 * i));
            case BFLOAT16 -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
            case INT64 -> bytes.getLong(8 * i);
            case INT32 -> bytes.getInt(4 * i);
            case BOOL, INT8 -> bytes.get(i);
            case UINT8 -> bytes.get(i) & 0xff;
            default -> throw notNumeric();
          };
    }
    return out;
  }

  /** The elements of a float tensor. */
  public float[] toFloats() {
    if (elementType == ElementType.FLOAT) {
      float[] out = new float[Math.toIntExact(elementCount())];
      data.bytes().asFloatBuffer().get(out);
      return out;
    }
    double[] wide = toDoubles();
    float[] out = new float[wide.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) wide[i];
    }
    return out;
  }

  /** The elements of an integer tensor. */
  public List<Long> toLongs() {
    ByteBuffer bytes = data.bytes();
    List<Long> out = new ArrayList<>();
    long count = elementCount();
    for (int i = 0; i < count; i++) {
      out.add(
          switch (elementType) {
            case INT64 -> bytes.getLong(8 * i);
            case INT32 -> (long) bytes.getInt(4 * i);
            case UINT32 -> bytes.getInt(4 * i) & 0xffffffffL;
            case INT16 -> (long) bytes.getShort(2 * i);
            case UINT16 -> (long) (bytes.getShort(2 * i) & 0xffff);
            case BOOL, INT8 -> (long) bytes.get(i);
            case UINT8 -> (long) (bytes.get(i) & 0xff);
            default -> throw notNumeric();
          });
    }
    return out;
  }

  /** The encoded elements of a string tensor, by convention UTF-8. */
  public List<ByteBuffer> toStringBytes() {
    if (elementType != ElementType.STRING) {
      throw new IllegalStateException("a %s tensor has no strings".formatted(elementType.text()));
    }
    ByteBuffer bytes = data.bytes();
    List<ByteBuffer> out = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int length = bytes.getInt();
      out.add(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
    }
    return out;
  }

  /** The elements of a string tensor. */
  public List<String> toStrings() {
    return toStringBytes().stream().map(b -> StandardCharsets.UTF_8.decode(b).toString()).toList();
  }

  private IllegalStateException notNumeric() {
    return new IllegalStateException(
        "a %s tensor has no such numbers".formatted(elementType.text()));
  }

  /** The bytes as a list, by which equal constants are found. */
  List<Byte> byteList() {
    ByteBuffer bytes = data.bytes();
    List<Byte> out = new ArrayList<>();
    while (bytes.hasRemaining()) {
      out.add(bytes.get());
    }
    return out;
  }

  /** Whether both hold the same type, shape and bytes. */
  public boolean sameContent(Tensor other) {
    return elementType == other.elementType
        && dims.equals(other.dims)
        && data.bytes().equals(other.data.bytes());
  }

  /** A short form for messages; the text form of a graph prints small values in full. */
  @Override
  public String toString() {
    if (elementType == ElementType.STRING) {
      return "string" + dims + " " + toStrings();
    }
    return elementType.text() + dims;
  }
}
