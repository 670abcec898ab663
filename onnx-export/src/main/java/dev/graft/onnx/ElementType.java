package dev.graft.onnx;

/** The element types of ONNX tensors, with the numbers of {@code TensorProto.DataType}. */
public enum ElementType {
  UNDEFINED(0, 0),
  FLOAT(1, 4),
  UINT8(2, 1),
  INT8(3, 1),
  UINT16(4, 2),
  INT16(5, 2),
  INT32(6, 4),
  INT64(7, 8),
  STRING(8, 0),
  BOOL(9, 1),
  FLOAT16(10, 2),
  DOUBLE(11, 8),
  UINT32(12, 4),
  UINT64(13, 8),
  COMPLEX64(14, 8),
  COMPLEX128(15, 16),
  BFLOAT16(16, 2),
  FLOAT8E4M3FN(17, 1),
  FLOAT8E4M3FNUZ(18, 1),
  FLOAT8E5M2(19, 1),
  FLOAT8E5M2FNUZ(20, 1);

  private final int number;
  private final int sizeBytes;

  ElementType(int number, int sizeBytes) {
    this.number = number;
    this.sizeBytes = sizeBytes;
  }

  /** The number in the file format. */
  public int number() {
    return number;
  }

  /** Bytes of one element; 0 for types without a fixed size. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /** Whether gradients can flow through values of this type. */
  public boolean isFloatingPoint() {
    return this == FLOAT || this == DOUBLE || this == FLOAT16 || this == BFLOAT16;
  }

  /**
   * Returns the type with a number of the file format.
   *
   * @throws IllegalArgumentException if no supported type has it
   */
  public static ElementType ofNumber(int number) {
    if (number < 0 || number >= values().length) {
      throw new IllegalArgumentException(
          "tensor element type number %d is not supported; known are 1 to %d"
              .formatted(number, values().length - 1));
    }
    return values()[number];
  }

  /** The type's name as the text form prints it, such as {@code float} or {@code int64}. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
