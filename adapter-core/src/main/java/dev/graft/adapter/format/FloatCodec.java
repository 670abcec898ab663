package dev.graft.adapter.format;

import java.nio.ByteBuffer;

/**
 * Floats to and from little-endian bytes of F32, F16 and BF16 (and from F64).
 *
 * <p>Narrowing rounds to nearest, ties to even. A finite value that would become infinite is
 * refused.
 */
final class FloatCodec {
  private static final int F32_MANTISSA = 0x7fffff;

  private FloatCodec() {}

  static float read(ByteBuffer bytes, TensorDtype dtype) {
    return switch (dtype) {
      case F32 -> bytes.getFloat();
      case F16 -> fromHalf(bytes.getShort());
      case BF16 -> Float.intBitsToFloat((bytes.getShort() & 0xffff) << 16);
      case F64 -> (float) bytes.getDouble();
      default -> throw new IllegalArgumentException("no floats in dtype " + dtype);
    };
  }

  static void write(ByteBuffer bytes, TensorDtype dtype, float value) {
    switch (dtype) {
      case F32 -> bytes.putFloat(value);
      case F16 -> bytes.putShort(toHalf(value));
      case BF16 -> bytes.putShort(toBfloat(value));
      default -> throw new IllegalArgumentException("adapters are not written as " + dtype);
    }
  }

  /** Whether {@code value} has a finite neighbour in {@code dtype}. */
  static boolean fits(float value, TensorDtype dtype) {
    return switch (dtype) {
      case F16 -> !Float.isFinite(value) || (toHalf(value) & 0x7c00) != 0x7c00;
      case BF16 -> !Float.isFinite(value) || (toBfloat(value) & 0x7f80) != 0x7f80;
      default -> true;
    };
  }

  static float fromHalf(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1f;
    int mantissa = half & 0x3ff;
    if (exponent == 0) {
      // Zero and subnormals: mantissa * 2^-24, exact in a float.
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | mantissa << 13);
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
  }

  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x7f800000) {
      // The quiet bit keeps a NaN a NaN when its payload is cut.
      int nan = magnitude > 0x7f800000 ? 0x200 | (magnitude & F32_MANTISSA) >> 13 : 0;
      return (short) (sign | 0x7c00 | nan);
    }
    if (magnitude < 0x38800000) {
      // Below 2^-14: a multiple of 2^-24, rounded by the float adder's own ties-to-even.
      float rounded = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | Float.floatToRawIntBits(rounded) - 0x3f000000);
    }
    int rounded = roundEven(magnitude - (112 << 23), 13);
    return (short) (sign | Math.min(rounded, 0x7c00));
  }

  static short toBfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int magnitude = bits & 0x7fffffff;
    return (short) (((bits >>> 16) & 0x8000) | roundEven(magnitude, 16));
  }

  /** Drop {@code count} low bits of a non-negative number, rounding to nearest, ties to even. */
  private static int roundEven(int bits, int count) {
    int half = (1 << (count - 1)) - 1;
    return (bits + half + ((bits >>> count) & 1)) >>> count;
  }
}
