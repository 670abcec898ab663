package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FloatCodecTest {
  @Test
  void everyHalfSurvivesTheWayThroughAFloat() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      short half = (short) bits;
      float value = FloatCodec.fromHalf(half);
      if (Float.isNaN(value)) {
        assertTrue(Float.isNaN(FloatCodec.fromHalf(FloatCodec.toHalf(value))));
      } else {
        assertEquals(half, FloatCodec.toHalf(value));
      }
    }
  }

  @Test
  void knownHalvesHaveTheirValues() {
    assertEquals(1f, FloatCodec.fromHalf((short) 0x3c00));
    assertEquals(-2f, FloatCodec.fromHalf((short) 0xc000));
    assertEquals(65504f, FloatCodec.fromHalf((short) 0x7bff));
    assertEquals(0x1p-24f, FloatCodec.fromHalf((short) 0x0001));
    assertEquals(0x1p-14f, FloatCodec.fromHalf((short) 0x0400));
    assertEquals(Float.NEGATIVE_INFINITY, FloatCodec.fromHalf((short) 0xfc00));
    assertEquals((short) 0x3555, FloatCodec.toHalf(1 / 3f));
  }

  @Test
  void keepsWhatFitsOfTheBitsInANan() {
    assertEquals((short) 0x7e01, FloatCodec.toHalf(Float.intBitsToFloat(0x7f802000)));
    assertEquals((short) 0xfe00, FloatCodec.toHalf(Float.intBitsToFloat(0xff800001)));
    assertEquals((short) 0x7fff, FloatCodec.toHalf(Float.intBitsToFloat(0x7fffffff)));
  }

  @Property(tries = 20_000)
  void roundsToTheNearestHalfTiesToEven(@ForAll int bits) {
    // Confine the exponent to where halves live, subnormals included.
    float value =
        Float.intBitsToFloat((bits & 0x807fffff) | (96 + (bits >>> 23 & 0x3f) % 46) << 23);
    if (!FloatCodec.fits(value, TensorDtype.F16)) {
      assertTrue(Math.abs(value) >= 65520f);
      return;
    }
    short half = FloatCodec.toHalf(value);
    double error = Math.abs(value - (double) FloatCodec.fromHalf(half));
    for (int step : new int[] {-1, 1}) {
      float other = FloatCodec.fromHalf((short) (half + step));
      double otherError = Math.abs(value - (double) other);
      if (Float.isFinite(other) && Math.signum(other) * Math.signum(value) >= 0) {
        assertTrue(error < otherError || (error == otherError && half % 2 == 0) || half == 0);
      }
    }
  }

  @Property(tries = 20_000)
  void roundsToTheNearestBfloatTiesToEven(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    short rounded = FloatCodec.toBfloat(value);
    float back = Float.intBitsToFloat((rounded & 0xffff) << 16);
    if (Float.isNaN(value)) {
      assertTrue(Float.isNaN(back));
    } else if (Float.isFinite(back)) {
      double error = Math.abs(value - (double) back);
      double ulp =
          Math.abs(Float.intBitsToFloat(((rounded & 0x7fff) + 1) << 16) - Math.abs((double) back));
      assertTrue(error <= ulp / 2 && (error < ulp / 2 || rounded % 2 == 0), value + " " + back);
    } else {
      assertTrue(Float.isInfinite(value) || !FloatCodec.fits(value, TensorDtype.BF16));
    }
  }

  @Test
  void finiteValuesNeverBecomeInfiniteUnnoticed() {
    assertTrue(FloatCodec.fits(65519.9f, TensorDtype.F16));
    assertFalse(FloatCodec.fits(65520f, TensorDtype.F16));
    assertFalse(FloatCodec.fits(Float.MAX_VALUE, TensorDtype.BF16));
    assertTrue(FloatCodec.fits(3.38e38f, TensorDtype.BF16));
    assertTrue(FloatCodec.fits(Float.POSITIVE_INFINITY, TensorDtype.F16));
  }
}
