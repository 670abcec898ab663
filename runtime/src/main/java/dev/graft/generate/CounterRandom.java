package dev.graft.generate;

/**
 * Random numbers that depend on a seed and a position alone, so that a sequence draws the same ones
 * whatever is generated beside it.
 *
 * <p>The mixing function is that of SplitMix64 (Steele, Lea and Flood 2014,
 * https://doi.org/10.1145/2660193.2660195).
 */
final class CounterRandom {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private CounterRandom() {}

  /** A number from 0, inclusive, to 1. */
  static double uniform(long seed, long position) {
    long bits = mixed(mixed(seed + GOLDEN) + GOLDEN * (position + 1));
    return (bits >>> 11) * 0x1.0p-53;
  }

  private static long mixed(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
