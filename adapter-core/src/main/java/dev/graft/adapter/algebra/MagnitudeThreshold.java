package dev.graft.adapter.algebra;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which entries of a tensor are among the {@code count} of largest magnitude.
 *
 * <p>The bits of a positive float grow with its value, so the smallest magnitude to keep is found
 * exactly by counting bits from the top, without sorting. Of entries with that very magnitude the
 * first are kept; PEFT leaves open which.
 */
final class MagnitudeThreshold implements Pruning {
  private static final int[] SHIFTS = {15, 0};
  private static final int[] WIDTHS = {16, 15};

  /** As many counts at once, each of a share of the rows. */
  private static final int SHARES = 16;

  private final int bits;

  /** The row in which the last entry of that very magnitude is kept. */
  private final int lastRow;

  /** How many of them it keeps. */
  private final long keptOfLast;

  private MagnitudeThreshold(int bits, int lastRow, long keptOfLast) {
    this.bits = bits;
    this.lastRow = lastRow;
    this.keptOfLast = keptOfLast;
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
    int bits = prefix;
    long[] equal = Arrays.stream(rows).parallel().mapToLong(row -> countOf(bits, row)).toArray();
    int row = 0;
    while (equal[row] < wanted) {
      wanted -= equal[row];
      row++;
    }
    return new MagnitudeThreshold(bits, row, wanted);
  }

  /** Counts of the next bits of all magnitudes that begin with the bits found so far. */
  private static long[] histogram(float[][] rows, int level, int prefix) {
    int share = (rows.length + SHARES - 1) / SHARES;
    return IntStream.range(0, (rows.length + share - 1) / share)
        .parallel()
        .mapToObj(
            index ->
                histogram(
                    Arrays.copyOfRange(
                        rows, index * share, Math.min(rows.length, (index + 1) * share)),
                    SHIFTS[level],
                    WIDTHS[level],
                    prefix))
        .reduce(MagnitudeThreshold::sum)
        .orElseThrow();
  }

  private static long[] histogram(float[][] rows, int shift, int width, int prefix) {
    int above = shift + width;
    int wanted = prefix >>> above;
    int mask = (1 << width) - 1;
    long[] histogram = new long[mask + 1];
    for (float[] row : rows) {
      for (float value : row) {
        int magnitude = magnitude(value);
        if (magnitude >>> above == wanted) {
          histogram[magnitude >>> shift & mask]++;
        }
      }
    }
    return histogram;
  }

  private static long[] sum(long[] histogram, long[] other) {
    for (int i = 0; i < histogram.length; i++) {
      histogram[i] += other[i];
    }
    return histogram;
  }

  private static long countOf(int bits, float[] row) {
    long count = 0;
    for (float value : row) {
      count += magnitude(value) == bits ? 1 : 0;
    }
    return count;
  }

  private static int magnitude(float value) {
    return Float.floatToRawIntBits(value) & 0x7fffffff;
  }

  @Override
  public void prune(float[] row, int index) {
    if (index == lastRow) {
      pruneLast(row);
      return;
    }
    int least = index < lastRow ? bits : bits + 1;
    for (int i = 0; i < row.length; i++) {
      // No jump, which nobody could predict: all ones if the magnitude is below the least.
      int raw = Float.floatToRawIntBits(row[i]);
      int mask = ((raw & 0x7fffffff) - least) >> 31;
      row[i] = Float.intBitsToFloat(raw & ~mask);
    }
  }

  private void pruneLast(float[] row) {
    long left = keptOfLast;
    for (int i = 0; i < row.length; i++) {
      int magnitude = magnitude(row[i]);
      if (magnitude < bits || (magnitude == bits && left-- <= 0)) {
        row[i] = 0;
      }
    }
  }
}
