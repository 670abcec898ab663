package dev.graft.adapter.algebra;

import java.util.Arrays;

/**
 * The largest singular values of a matrix {@code [out, in]} that is given entry by entry.
 *
 * <p>If its shorter side is at most {@value #EXACT_SIDE}, they come from the scalar products of all
 * rows or columns, to about 1e-8 of the largest. Larger matrices are left to {@link BlockKrylov};
 * tests hold its error to within a thousandth of the smallest possible one on noise with a few
 * strong directions, and to within a hundredth where twice as many directions as wanted are equally
 * strong. {@link LowRankSum.Truncated} has the error it really makes.
 */
final class TruncatedSvd {
  static final int EXACT_SIDE = 512;

  /** Products of the matrix with itself must fit in a float. */
  private static final double MOST_SQUARES = 1e37;

  private TruncatedSvd() {}

  /**
   * The best approximation of a rank, at most the shorter side.
   *
   * @param scratch for a flipped copy of a large matrix
   * @throws CombinationException if the matrix has a norm beyond {@code 3e18}
   */
  static LowRankSum.Truncated of(float[][] matrix, int rank, Scratch scratch) {
    int out = matrix.length;
    int in = matrix[0].length;
    double squares = DenseRows.squares(matrix);
    if (!(squares <= MOST_SQUARES)) {
      throw new CombinationException(
          "the outcome has values too large to be decomposed in floats; use smaller weights");
    }
    LowRankSum.Truncated found;
    if (in <= Math.min(out, EXACT_SIDE)) {
      float[][] flipped = new float[in][out];
      DenseRows.transpose(matrix, flipped);
      found = sum(identity(in), flipped).truncated(rank);
    } else if (out <= EXACT_SIDE) {
      found = sum(matrix, identity(out)).truncated(rank);
    } else {
      float[][] flipped = scratch.take(in, out);
      DenseRows.transpose(matrix, flipped);
      found = BlockKrylov.of(matrix, flipped, rank);
      scratch.give(flipped);
    }
    return new LowRankSum.Truncated(found.weights(), squares, found.squaresKept());
  }

  private static LowRankSum sum(float[][] a, float[][] b) {
    double[] ones = new double[a.length];
    Arrays.fill(ones, 1);
    return new LowRankSum(a, b, ones);
  }

  private static float[][] identity(int size) {
    float[][] identity = new float[size][size];
    for (int i = 0; i < size; i++) {
      identity[i][i] = 1;
    }
    return identity;
  }
}
