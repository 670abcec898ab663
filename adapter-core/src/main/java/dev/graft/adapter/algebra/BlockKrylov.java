package dev.graft.adapter.algebra;

import dev.graft.adapter.lora.LoraWeights;
import java.util.Arrays;
import java.util.Random;

/**
 * The best approximation of a matrix {@code M [out, in]} within the Krylov space of {@value #STEPS}
 * blocks {@code X, M^T M X, (M^T M)^2 X, ...} of random vectors: Musco and Musco, "Randomized block
 * Krylov methods for stronger and faster approximate singular value decomposition", arXiv
 * 1504.05477.
 *
 * <p>A block has a third of the vectors that are looked for and a few more. Small blocks find more
 * with the same number of products than a large one: Meyer, Musco and Musco, "On the unreasonable
 * effectiveness of single vector Krylov methods for low-rank approximation", arXiv 2305.02535; but
 * each step reads the whole matrix twice. The random vectors have a fixed seed. Sums are always
 * taken in the same order: the same matrix gives the same bits whatever the number of cores.
 */
final class BlockKrylov {
  static final int STEPS = 8;

  private static final int OVERSAMPLING = 8;
  private static final int BLOCKS_OF_RANK = 3;
  private static final long SEED = 150405477;

  /** Singular values below the root of this, 1e-7 of the norm, are rounding. */
  private static final double ROUNDING = 1e-14;

  private final float[][] matrix;
  private final float[][] flipped;
  private float[][] basis = new float[0][];
  private float[][] images = new float[0][];

  private BlockKrylov(float[][] matrix, float[][] flipped) {
    this.matrix = matrix;
    this.flipped = flipped;
  }

  /**
   * The approximation of a rank.
   *
   * @param flipped the matrix transposed, {@code [in][out]}
   * @param rank at most the shorter side of the matrix
   */
  static LowRankSum.Truncated of(float[][] matrix, float[][] flipped, int rank) {
    BlockKrylov krylov = new BlockKrylov(matrix, flipped);
    krylov.build((rank + OVERSAMPLING + BLOCKS_OF_RANK - 1) / BLOCKS_OF_RANK);
    return krylov.truncated(rank);
  }

  private void build(int block) {
    int length = matrix[0].length;
    float[][] next = random(block, length);
    for (int step = 0; step < STEPS; step++) {
      float[][] room = Arrays.copyOf(next, Math.min(next.length, length - basis.length));
      float[][] fresh = orthonormalBeside(basis, room);
      if (fresh.length == 0) {
        break;
      }
      float[][] image = DenseRows.products(fresh, flipped);
      basis = joined(basis, fresh);
      images = joined(images, image);
      if (step + 1 < STEPS) {
        next = DenseRows.products(image, matrix);
      }
    }
  }

  /**
   * With an orthonormal basis Q the approximation {@code M Q^T Q} has the singular values of the
   * images {@code M Q^T}.
   */
  private LowRankSum.Truncated truncated(int rank) {
    Small.Eigen eigen = Small.eigen(ThinRows.products(images, images));
    double[][] vectors = eigen.above(ROUNDING * eigen.sum(), rank);
    float[][] a = Arrays.copyOf(ThinRows.combine(vectors, basis), rank);
    float[][] b = Arrays.copyOf(ThinRows.combine(vectors, images), rank);
    for (int i = vectors.length; i < rank; i++) {
      a[i] = new float[matrix[0].length];
      b[i] = new float[matrix.length];
    }
    return new LowRankSum.Truncated(
        new LoraWeights(ThinRows.toRows(a), ThinRows.toColumns(b)),
        eigen.sum(),
        eigen.sumOfFirst(vectors.length));
  }

  private static float[][] random(int count, int length) {
    Random random = new Random(SEED);
    float[][] vectors = new float[count][length];
    for (float[] vector : vectors) {
      for (int i = 0; i < length; i++) {
        vector[i] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }

  /**
   * What vectors add to an orthonormal basis, orthonormal; twice, because the first time leaves
   * what cancellation left of them.
   */
  private static float[][] orthonormalBeside(float[][] basis, float[][] vectors) {
    float[][] result = vectors;
    for (int pass = 0; pass < 2 && result.length > 0; pass++) {
      result = orthonormal(withoutSpan(basis, result));
    }
    return result;
  }

  private static float[][] withoutSpan(float[][] basis, float[][] vectors) {
    if (basis.length == 0) {
      return vectors;
    }
    double[][] shares = ThinRows.products(vectors, basis);
    double[][] coefficients = new double[vectors.length][basis.length + vectors.length];
    for (int i = 0; i < vectors.length; i++) {
      for (int k = 0; k < basis.length; k++) {
        coefficients[i][k] = -shares[i][k];
      }
      coefficients[i][basis.length + i] = 1;
    }
    return ThinRows.combine(coefficients, joined(basis, vectors));
  }

  private static float[][] orthonormal(float[][] vectors) {
    OrthonormalRows rows = OrthonormalRows.of(ThinRows.gram(vectors));
    return ThinRows.combine(rows.coefficients(), vectors);
  }

  private static float[][] joined(float[][] first, float[][] second) {
    float[][] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
