package dev.graft.generate;

/**
 * Tokens by score, highest first, sorted only as far as they are asked for: a heap. Of equal scores
 * the lower token comes first; what is no number comes last.
 */
final class RankedScores {
  private final long[] heap;
  private int size;

  RankedScores(int capacity) {
    heap = new long[capacity];
  }

  /** Begins with the highest of these. */
  void start(float[] scores) {
    size = scores.length;
    for (int i = 0; i < size; i++) {
      heap[i] = key(scores[i], i);
    }
    for (int i = size / 2 - 1; i >= 0; i--) {
      sink(i);
    }
  }

  /** A number that is greater for a higher score, and for a lower token of the same score. */
  private static long key(float score, int token) {
    // Adding 0 makes one zero of two.
    int bits = Float.isNaN(score) ? Integer.MIN_VALUE : Float.floatToIntBits(score + 0f);
    int ordered = bits < 0 && bits != Integer.MIN_VALUE ? ~bits ^ Integer.MIN_VALUE : bits;
    return (long) ordered << Integer.SIZE | (~token & 0xffffffffL);
  }

  boolean hasNext() {
    return size > 0;
  }

  /** The token with the next score. */
  int next() {
    long top = heap[0];
    heap[0] = heap[--size];
    sink(0);
    return ~(int) top;
  }

  private void sink(int from) {
    int i = from;
    long value = heap[i];
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1] > heap[child]) {
        child++;
      }
      if (heap[child] <= value) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = value;
  }
}
