package dev.graft.adapter.algebra;

import java.util.Arrays;

/**
 * Elects a sign for each entry of a row and takes the mean of what agrees with it, as TIES does
 * (Yadav et al., "TIES-Merging", arXiv 2306.01708).
 *
 * <p>Written without conditions, as short loops over blocks that stay in the nearest cache, because
 * the JIT compiler makes vector instructions of these. Signs are the floats -1, 0 and 1; products
 * with them are exact. Used by one thread.
 */
final class SignElection {
  private static final int BLOCK = 1024;

  /** Twice this makes every positive float larger than 1. */
  private static final float HUGE = 1e30f;

  private final MajoritySign by;
  private final float[] weights;
  private final float[][] entries;
  private final float[] balance = new float[BLOCK];
  private final float[] signs = new float[BLOCK];
  private final float[] agreeing = new float[BLOCK];
  private final float[] count = new float[BLOCK];
  private final float[] sum = new float[BLOCK];

  /**
   * An election among adapters with these weights.
   *
   * @param by what decides: the sum of the entries, or how many have a sign
   */
  SignElection(MajoritySign by, float[] weights) {
    this.by = by;
    this.weights = weights;
    this.entries = new float[weights.length][BLOCK];
  }

  /** Put the means of the weighted entries that have the elected sign into the first row. */
  void merge(float[][] rows) {
    int length = rows[0].length;
    for (int from = 0; from < length; from += BLOCK) {
      int size = Math.min(BLOCK, length - from);
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(rows[i], from, entries[i], 0, size);
      }
      elect(size);
      mean(size);
      System.arraycopy(sum, 0, rows[0], from, size);
    }
  }

  /** A sum of zero counts as positive. */
  private void elect(int size) {
    Arrays.fill(balance, 0);
    for (float[] entry : entries) {
      if (by == MajoritySign.TOTAL) {
        Axpy.add(balance, 1, entry, 0, size);
      } else {
        signs(entry, signs, size);
        Axpy.add(balance, 1, signs, 0, size);
      }
    }
    signs(balance, signs, size);
    for (int j = 0; j < size; j++) {
      signs[j] += 1 - Math.abs(signs[j]);
    }
  }

  private void mean(int size) {
    Arrays.fill(sum, 0);
    Arrays.fill(balance, 0);
    for (int i = 0; i < entries.length; i++) {
      magnitudes(entries[i], signs, agreeing, size);
      addWeighted(agreeing, signs, weights[i], sum, size);
      signs(agreeing, count, size);
      Axpy.add(balance, 1, count, 0, size);
    }
    divide(sum, balance, size);
  }

  private static void signs(float[] values, float[] signs, int size) {
    for (int j = 0; j < size; j++) {
      float clamped = Math.max(-1, Math.min(1, values[j] * HUGE));
      signs[j] = Math.max(-1, Math.min(1, clamped * HUGE));
    }
  }

  /** Of the entries that have the elected sign; zeros for others. */
  private static void magnitudes(float[] entry, float[] signs, float[] magnitudes, int size) {
    for (int j = 0; j < size; j++) {
      magnitudes[j] = Math.max(entry[j] * signs[j], 0);
    }
  }

  private static void addWeighted(
      float[] magnitudes, float[] signs, float weight, float[] sum, int size) {
    for (int j = 0; j < size; j++) {
      sum[j] += magnitudes[j] * signs[j] * weight;
    }
  }

  private static void divide(float[] sum, float[] count, int size) {
    for (int j = 0; j < size; j++) {
      sum[j] /= Math.max(count[j], 1);
    }
  }
}
