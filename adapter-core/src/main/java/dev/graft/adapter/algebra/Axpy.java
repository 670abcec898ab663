package dev.graft.adapter.algebra;

/**
 * The inner loops. Each is a method of its own with one index for all arrays, because that is the
 * form that the JIT compiler turns into vector instructions.
 */
final class Axpy {
  /** Vectors taken at once. */
  static final int WIDTH = 4;

  private Axpy() {}

  /** {@code y[from, to) += c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3}. */
  static void add(
      double[] y,
      double c0,
      double[] x0,
      double c1,
      double[] x1,
      double c2,
      double[] x2,
      double c3,
      double[] x3,
      int from,
      int to) {
    for (int j = from; j < to; j++) {
      y[j] =
          Math.fma(c0, x0[j], Math.fma(c1, x1[j], Math.fma(c2, x2[j], Math.fma(c3, x3[j], y[j]))));
    }
  }

  /** {@code y[from, to) += c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3}. */
  static void add(
      float[] y,
      float c0,
      float[] x0,
      float c1,
      float[] x1,
      float c2,
      float[] x2,
      float c3,
      float[] x3,
      int from,
      int to) {
    for (int j = from; j < to; j++) {
      y[j] =
          Math.fma(c0, x0[j], Math.fma(c1, x1[j], Math.fma(c2, x2[j], Math.fma(c3, x3[j], y[j]))));
    }
  }

  /** {@code y[from, to) += c * x}. */
  static void add(double[] y, double c, double[] x, int from, int to) {
    for (int j = from; j < to; j++) {
      y[j] = Math.fma(c, x[j], y[j]);
    }
  }

  /** {@code y[from, to) += c * x}. */
  static void add(float[] y, float c, float[] x, int from, int to) {
    for (int j = from; j < to; j++) {
      y[j] = Math.fma(c, x[j], y[j]);
    }
  }

  /** {@code y[0, to) += sum_k c[k] * x[k]} over the first {@code count} vectors. */
  static void addAll(double[] y, double[] c, double[][] x, int count, int to) {
    int k = 0;
    for (; k + WIDTH <= count; k += WIDTH) {
      add(y, c[k], x[k], c[k + 1], x[k + 1], c[k + 2], x[k + 2], c[k + 3], x[k + 3], 0, to);
    }
    for (; k < count; k++) {
      add(y, c[k], x[k], 0, to);
    }
  }

  /** {@code y[from, to) += sum_k c[k] * x[k]}. */
  static void addAll(float[] y, float[] c, float[][] x, int from, int to) {
    int k = 0;
    for (; k + WIDTH <= c.length; k += WIDTH) {
      add(y, c[k], x[k], c[k + 1], x[k + 1], c[k + 2], x[k + 2], c[k + 3], x[k + 3], from, to);
    }
    for (; k < c.length; k++) {
      add(y, c[k], x[k], from, to);
    }
  }
}
