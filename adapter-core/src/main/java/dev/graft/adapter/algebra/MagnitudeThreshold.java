package dev.graft.adapter.algebra;

/**
 * Which entries of a tensor are among the {@code count} of largest magnitude.
 *
 * <p>The bits of a positive float grow with its value, so the smallest magnitude to keep is found
 * exactly by counting bits from the top, 11 at a time, without sorting. Of entries with that very
 * magnitude the first are kept; PEFT leaves open which.
 */
final class MagnitudeThreshold {
  private static final int[] SHIFTS = {20, 9, 0};
  private static final int[] WIDTHS = {11, 11, 9};

  private final int bits;
  private long ties;

  private MagnitudeThreshold(int bits, long ties) {
    this.bits = bits;
    this.ties = ties;
  }

  /** Keep {@code count} entries of the tensor, at least 1 and at most all. */
  static MagnitudeThreshold of(float[][] rows, long count) {
    long wanted = count;
    int prefix = 0;
    for (int level = 0; level < SHIFTS.length; level++) {
      long[] histogram = histogram(rows, level, prefix);
      int bucket = histogram.length - 1;
      while (histogram[bucket] < wanted) {
        wanted -= histogram[bucket];
        bucket--;
      }
      prefix |= bucket << SHIFTS[level];
    }
    return new MagnitudeThreshold(prefix, wanted);
  }

  /** Counts of the next bits of all magnitudes that begin with the bits found so far. */
  private static long[] histogram(float[][] rows, int level, int prefix) {
    int shift = SHIFTS[level];
    int mask = (1 << WIDTHS[level]) - 1;
    int above = shift + WIDTHS[level];
    long[] histogram = new long[mask + 1];
    for (float[] row : rows) {
      for (float value : row) {
        int bits = Float.floatToRawIntBits(value) & 0x7fffffff;
        if (bits >>> above == prefix >>> above) {
          histogram[bits >>> shift & mask]++;
        }
      }
    }
    return histogram;
  }

  /** Set the other entries to zero. To be called once. */
  void prune(float[][] rows) {
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        int magnitude = Float.floatToRawIntBits(row[i]) & 0x7fffffff;
        if (magnitude < bits || (magnitude == bits && ties-- <= 0)) {
          row[i] = 0;
        }
      }
    }
  }
}
