package dev.graft.adapter;

import dev.graft.files.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Random numbers for initial weights and for what training drops, the same bits on every machine
 * and Java version.
 *
 * <p>SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
 * 2014), written out because the JDK does not promise the bits of its generators. Used by one
 * thread.
 */
public final class SeededRandom {
  /** The states of a generator, {@code mix} of which are its numbers, are this far apart. */
  public static final long GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  private SeededRandom(long state) {
    this.state = state;
  }

  /**
   * The numbers for one part of an adapter, which share nothing with those of its other parts.
   *
   * @param seed any number
   * @param part the name of the part, such as a module's path
   */
  public static SeededRandom of(long seed, String part) {
    MessageDigest sha = Digests.sha256();
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
    sha.update(part.getBytes(StandardCharsets.UTF_8));
    return new SeededRandom(ByteBuffer.wrap(sha.digest()).getLong());
  }

  /** All 64 bits random. */
  public long bits() {
    state += GAMMA;
    return mix(state);
  }

  /** SplitMix64's finalizer: every bit of the result depends on every bit of the argument. */
  public static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform above 0 and below 1, but for the largest of its 2^53 numbers, which rounds to 1. */
  public double uniform() {
    return uniform(bits() >>> 11);
  }

  private static double uniform(long index) {
    return (index + 0.5) * 0x1p-53;
  }

  /**
   * What {@link #keepBelow} is to be given for a bound: how many of the numbers that {@link
   * #uniform} can return are below it.
   *
   * @param bound in [0, 1]
   */
  public static long limitOf(double bound) {
    long limit = (long) (bound * 0x1p53);
    while (limit > 0 && uniform(limit - 1) >= bound) {
      limit--;
    }
    while (limit < 1L << 53 && uniform(limit) < bound) {
      limit++;
    }
    return limit;
  }

  /**
   * Keep each value for which {@link #uniform} returns a number below a bound, and set the others
   * to zero.
   *
   * @param limit what {@link #limitOf} says of the bound
   */
  public void keepBelow(long limit, float[] values, int from, int to) {
    long next = state;
    for (int i = from; i < to; i++) {
      next += GAMMA;
      // No jump, which nobody could predict: all ones if the number is below the limit.
      int mask = (int) (((mix(next) >>> 11) - limit) >> 63);
      values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & mask);
    }
    state = next;
  }

  /** Standard normal by Box and Muller; StrictMath gives the same bits everywhere. */
  public double normal() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(uniform()));
    return radius * StrictMath.cos(2 * Math.PI * uniform());
  }
}
