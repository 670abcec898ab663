package dev.graft.adapter.algebra;

import dev.graft.adapter.lora.LoraWeights;
import java.util.Arrays;
import java.util.List;

/**
 * A sum of updates {@code f_1 * B_1 * A_1 + f_2 * B_2 * A_2 + ...} of one module, kept as stacked
 * factors {@code B [out, k]}, {@code A [k, in]}.
 *
 * <p>Its singular values come without the sum itself. With {@code A = L * Q}, Q orthonormal, the
 * sum is {@code (B * L) * Q}, so its right singular vectors are {@code V^T * Q} and the squares of
 * its singular values the eigenvalues of {@code (B * L)^T * (B * L) = V * S^2 * V^T}, which needs
 * only the scalar products of the columns of B. Nothing larger than {@code k x k} is decomposed. In
 * doubles, a singular value is found to about 1e-8 of the largest, less than the float that it is
 * stored in.
 */
final class LowRankSum {
  /** Singular values below the root of this, 1e-7 of the norms of the terms, are rounding. */
  private static final double ROUNDING = 1e-14;

  private final float[][] a;
  private final float[][] b;
  private final double[] factors;

  /**
   * A sum of outer products {@code factors[i] * b[i] * a[i]^T}.
   *
   * @param a rows {@code [k][in]}
   * @param b columns {@code [k][out]}
   */
  LowRankSum(float[][] a, float[][] b, double[] factors) {
    this.a = a;
    this.b = b;
    this.factors = factors;
  }

  /** The weighted sum of the terms. */
  static LowRankSum of(List<Term> terms) {
    int rank = terms.stream().mapToInt(term -> term.factors().rank()).sum();
    float[][] a = new float[rank][];
    float[][] b = new float[rank][];
    double[] factors = new double[rank];
    int at = 0;
    for (Term term : terms) {
      int count = term.factors().rank();
      System.arraycopy(ThinRows.ofRows(term.factors().a()), 0, a, at, count);
      System.arraycopy(ThinRows.ofColumns(term.factors().b()), 0, b, at, count);
      Arrays.fill(factors, at, at + count, term.factor());
      at += count;
    }
    return new LowRankSum(a, b, factors);
  }

  float[][] rowsOfA() {
    return a;
  }

  float[][] columnsOfB() {
    return b;
  }

  double[] factors() {
    return factors;
  }

  /** The most the rank of the sum can be. */
  int maxRank() {
    return Math.min(a.length, Math.min(a[0].length, b[0].length));
  }

  /**
   * The best approximation of a rank: {@code A} with orthonormal rows, the singular values in
   * {@code B}, as PEFT has it.
   *
   * @param rank rank of the result, at most {@link #maxRank()}; directions that the sum does not
   *     have are zeros
   */
  Truncated truncated(int rank) {
    double[][] gramOfA = ThinRows.gram(a);
    double[][] gramOfB = ThinRows.gram(b);
    double rounding = ROUNDING * bound(gramOfA, gramOfB);
    OrthonormalRows basis = OrthonormalRows.of(gramOfA);
    if (basis.size() == 0 || rounding == 0) {
      return new Truncated(zeros(rank), 0, 0);
    }
    double[][] shares = basis.shares();
    for (double[] share : shares) {
      for (int i = 0; i < share.length; i++) {
        share[i] *= factors[i];
      }
    }
    Small.Eigen eigen =
        Small.eigen(Small.multiply(Small.multiply(shares, gramOfB), Small.transposed(shares)));
    double[][] vectors = eigen.above(rounding, rank);
    float[][] newA = ThinRows.combine(basis.coefficients(vectors), a);
    float[][] newB = ThinRows.combine(Small.multiply(vectors, shares), b);
    LoraWeights weights =
        new LoraWeights(
            ThinRows.toRows(filled(newA, rank, a[0].length)),
            ThinRows.toColumns(filled(newB, rank, b[0].length)));
    return new Truncated(weights, eigen.sum(), eigen.sumOfFirst(vectors.length));
  }

  /**
   * The largest that the squared Frobenius norm can be in view of the lengths of the factors; what
   * is small beside it is what rounding left where terms cancel each other.
   */
  private double bound(double[][] gramOfA, double[][] gramOfB) {
    double norms = 0;
    for (int i = 0; i < a.length; i++) {
      norms += Math.abs(factors[i]) * Math.sqrt(gramOfA[i][i] * gramOfB[i][i]);
    }
    if (!Double.isFinite(norms * norms)) {
      throw new CombinationException(
          "the outcome has values beyond the range of a float; use smaller weights");
    }
    return norms * norms;
  }

  /** The sum of the squares of all entries. */
  double squares() {
    return inner(ThinRows.gram(a), ThinRows.gram(b), factors, 0, a.length, 0, a.length);
  }

  /**
   * The scalar product of two sums that are ranges of one stack: with {@code <b a^T, d c^T> = (b .
   * d) (a . c)} it takes only the products of the factors.
   */
  static double inner(
      double[][] gramOfA,
      double[][] gramOfB,
      double[] factors,
      int from,
      int to,
      int otherFrom,
      int otherTo) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      for (int j = otherFrom; j < otherTo; j++) {
        sum += factors[i] * factors[j] * gramOfA[i][j] * gramOfB[i][j];
      }
    }
    return sum;
  }

  private LoraWeights zeros(int rank) {
    return new LoraWeights(
        ThinRows.toRows(new float[rank][a[0].length]),
        ThinRows.toColumns(new float[rank][b[0].length]));
  }

  private static float[][] filled(float[][] rows, int count, int length) {
    float[][] all = Arrays.copyOf(rows, count);
    for (int i = rows.length; i < count; i++) {
      all[i] = new float[length];
    }
    return all;
  }

  /**
   * An approximation of a rank.
   *
   * @param weights its factors
   * @param squares sum of the squares of the whole
   * @param squaresKept sum of the squares of the approximation
   */
  record Truncated(LoraWeights weights, double squares, double squaresKept) {
    CombinedAdapter.ModuleError error(String module) {
      double lost = squares > 0 ? Math.max(0, squares - squaresKept) / squares : 0;
      return new CombinedAdapter.ModuleError(
          module, weights.rank(), Math.sqrt(squares), Math.sqrt(lost));
    }
  }
}
