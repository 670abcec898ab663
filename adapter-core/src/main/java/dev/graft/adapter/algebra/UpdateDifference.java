package dev.graft.adapter.algebra;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.jspecify.annotations.Nullable;

/**
 * How far the updates of one module in two LoRA adapters are from each other. An adapter that lacks
 * the module updates it by zero.
 *
 * <p>With {@code <B1 A1, B2 A2> = sum((B1^T B2) . (A1 A2^T))} everything comes from products of the
 * size of the ranks.
 *
 * @param module path of the module
 * @param firstNorm Frobenius norm of the first update
 * @param secondNorm of the second
 * @param differenceNorm of the first less the second; 0 if they are equal
 * @param inputOverlap how much of the directions that one reads (the rows of A) the other reads
 *     too: {@code |Q1 Q2^T|^2 / min(r1, r2)} with orthonormal bases Q, equation 4 of LoRA (arXiv
 *     2106.09685): 1 where one contains the other, 0 where nothing is common
 * @param outputOverlap the same of the directions that both write (the columns of B)
 */
public record UpdateDifference(
    String module,
    double firstNorm,
    double secondNorm,
    double differenceNorm,
    double inputOverlap,
    double outputOverlap) {

  /**
   * Compare all modules that either has, in the order of their paths.
   *
   * @throws IllegalArgumentException if a module has other numbers of features in the two
   */
  public static List<UpdateDifference> of(Adapter first, Adapter second) {
    SortedMap<String, LoraWeights> one = LoraModules.in(first);
    SortedMap<String, LoraWeights> other = LoraModules.in(second);
    TreeSet<String> modules = new TreeSet<>(one.keySet());
    modules.addAll(other.keySet());
    List<UpdateDifference> differences = new ArrayList<>();
    for (String module : modules) {
      differences.add(
          between(
              module, Update.of(first, one.get(module), module),
              Update.of(second, other.get(module), module)));
    }
    return differences;
  }

  private static UpdateDifference between(
      String module, @Nullable Update first, @Nullable Update second) {
    double one = first == null ? 0 : first.inner(first);
    double other = second == null ? 0 : second.inner(second);
    if (first == null || second == null) {
      double norm = Math.sqrt(one + other);
      return new UpdateDifference(module, Math.sqrt(one), Math.sqrt(other), norm, 0, 0);
    }
    if (first.a.getColumnDimension() != second.a.getColumnDimension()
        || first.b.getColumnDimension() != second.b.getColumnDimension()) {
      throw new IllegalArgumentException(
          "module \"%s\" has %d inputs and %d outputs in one adapter, %d and %d in the other"
              .formatted(
                  module,
                  first.a.getColumnDimension(),
                  first.b.getColumnDimension(),
                  second.a.getColumnDimension(),
                  second.b.getColumnDimension()));
    }
    double difference = Math.max(0, one + other - 2 * first.inner(second));
    return new UpdateDifference(
        module,
        Math.sqrt(one),
        Math.sqrt(other),
        Math.sqrt(difference),
        overlap(first.a, second.a),
        overlap(first.b, second.b));
  }

  /** {@code |Q1 Q2^T|^2 = tr(G11^-1 G12 G22^-1 G21)} with {@code G} the products of the rows. */
  private static double overlap(RealMatrix first, RealMatrix second) {
    SingularValueDecomposition one =
        new SingularValueDecomposition(first.multiply(first.transpose()));
    SingularValueDecomposition other =
        new SingularValueDecomposition(second.multiply(second.transpose()));
    int least = Math.min(one.getRank(), other.getRank());
    if (least == 0) {
      return 0;
    }
    RealMatrix cross = first.multiply(second.transpose());
    RealMatrix left = one.getSolver().getInverse().multiply(cross);
    RealMatrix right = other.getSolver().getInverse().multiply(cross.transpose());
    return Math.min(1, left.multiply(right).getTrace() / least);
  }

  /**
   * An update as rows.
   *
   * @param a {@code [r, in]}
   * @param b {@code [r, out]}, with the scale
   */
  private record Update(RealMatrix a, RealMatrix b) {
    static @Nullable Update of(Adapter adapter, @Nullable LoraWeights weights, String module) {
      return weights == null
          ? null
          : new Update(
              rows(weights.a()),
              rows(weights.b()).transpose().scalarMultiply(adapter.scaleOf(module)));
    }

    double inner(Update other) {
      RealMatrix ofA = a.multiply(other.a.transpose());
      RealMatrix ofB = b.multiply(other.b.transpose());
      double sum = 0;
      for (int i = 0; i < ofA.getRowDimension(); i++) {
        sum += ofA.getRowVector(i).dotProduct(ofB.getRowVector(i));
      }
      return sum;
    }

    private static RealMatrix rows(FloatTensor tensor) {
      int rows = Math.toIntExact(tensor.shape().get(0));
      int columns = Math.toIntExact(tensor.shape().get(1));
      float[] values = tensor.toArray();
      double[][] cells = new double[rows][columns];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          cells[row][column] = values[row * columns + column];
        }
      }
      return new Array2DRowRealMatrix(cells, false);
    }
  }
}
