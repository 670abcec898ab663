package dev.graft.adapter.algebra;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the adapters of one module have to do with each other, two by two. */
final class ConflictScores {
  /** Rows of an update in which signs are compared. */
  static final int SAMPLED_ROWS = 64;

  /** One comparison. */
  private record Comparison(
      ConflictReport.Score score, double inner, long compared, long conflicts) {}

  private final Map<Integer, Double> squares = new HashMap<>();
  private final Map<List<Integer>, Comparison> comparisons = new HashMap<>();

  private ConflictScores() {}

  static ConflictScores of(List<Term> terms) {
    ConflictScores scores = new ConflictScores();
    LowRankSum stack = LowRankSum.of(terms);
    double[][] gramOfA = ThinRows.gram(stack.rowsOfA());
    double[][] gramOfB = ThinRows.gram(stack.columnsOfB());
    int[] starts = starts(terms);
    for (int i = 0; i < terms.size(); i++) {
      scores.squares.put(
          terms.get(i).adapter(), inner(gramOfA, gramOfB, stack.factors(), starts, i, i));
    }
    for (int i = 0; i < terms.size(); i++) {
      for (int j = i + 1; j < terms.size(); j++) {
        double inner = inner(gramOfA, gramOfB, stack.factors(), starts, i, j);
        long[] signs = signs(stack, starts, i, j);
        int first = terms.get(i).adapter();
        int second = terms.get(j).adapter();
        double norms = Math.sqrt(scores.squares(first) * scores.squares(second));
        ConflictReport.Score score =
            new ConflictReport.Score(
                ConflictReport.ratio(inner, norms),
                ConflictReport.ratio((double) signs[1], (double) signs[0]),
                overlap(gramOfA, starts, i, j),
                overlap(gramOfB, starts, i, j));
        scores.comparisons.put(
            List.of(first, second), new Comparison(score, inner, signs[0], signs[1]));
      }
    }
    return scores;
  }

  private static int[] starts(List<Term> terms) {
    int[] starts = new int[terms.size() + 1];
    for (int i = 0; i < terms.size(); i++) {
      starts[i + 1] = starts[i] + terms.get(i).factors().rank();
    }
    return starts;
  }

  private static double inner(
      double[][] gramOfA, double[][] gramOfB, double[] factors, int[] starts, int i, int j) {
    return LowRankSum.inner(
        gramOfA, gramOfB, factors, starts[i], starts[i + 1], starts[j], starts[j + 1]);
  }

  private static double overlap(double[][] gram, int[] starts, int i, int j) {
    OrthonormalRows first = OrthonormalRows.of(part(gram, starts, i, i));
    OrthonormalRows second = OrthonormalRows.of(part(gram, starts, j, j));
    double squares = 0;
    for (double[] row : first.products(part(gram, starts, i, j), second)) {
      for (double value : row) {
        squares += value * value;
      }
    }
    return ConflictReport.ratio(squares, Math.min(first.size(), second.size()));
  }

  private static double[][] part(double[][] gram, int[] starts, int i, int j) {
    double[][] part = new double[starts[i + 1] - starts[i]][];
    for (int row = 0; row < part.length; row++) {
      part[row] = Arrays.copyOfRange(gram[starts[i] + row], starts[j], starts[j + 1]);
    }
    return part;
  }

  /** Entries that are zero in neither update, and those of them with different signs. */
  private static long[] signs(LowRankSum stack, int[] starts, int i, int j) {
    int out = stack.columnsOfB()[0].length;
    int rows = Math.min(out, SAMPLED_ROWS);
    long compared = 0;
    long conflicts = 0;
    for (int sample = 0; sample < rows; sample++) {
      int row = (int) ((sample + 0.5) * out / rows);
      float[] first = row(stack, starts, i, row);
      float[] second = row(stack, starts, j, row);
      for (int column = 0; column < first.length; column++) {
        float product = Math.signum(first[column]) * Math.signum(second[column]);
        compared += product != 0 ? 1 : 0;
        conflicts += product < 0 ? 1 : 0;
      }
    }
    return new long[] {compared, conflicts};
  }

  private static float[] row(LowRankSum stack, int[] starts, int term, int row) {
    int rank = starts[term + 1] - starts[term];
    float[] coefficients = new float[rank];
    for (int k = 0; k < rank; k++) {
      int at = starts[term] + k;
      coefficients[k] = (float) (stack.factors()[at] * stack.columnsOfB()[at][row]);
    }
    float[][] a = Arrays.copyOfRange(stack.rowsOfA(), starts[term], starts[term + 1]);
    float[] update = new float[a[0].length];
    Axpy.addAll(update, coefficients, a, 0, update.length);
    return update;
  }

  boolean has(int adapter) {
    return squares.containsKey(adapter);
  }

  double squares(int adapter) {
    return squares.getOrDefault(adapter, 0.0);
  }

  ConflictReport.Score score(int first, int second) {
    return comparison(first, second).score();
  }

  double inner(int first, int second) {
    return comparison(first, second).inner();
  }

  long compared(int first, int second) {
    return comparison(first, second).compared();
  }

  long conflicts(int first, int second) {
    return comparison(first, second).conflicts();
  }

  private Comparison comparison(int first, int second) {
    Comparison found = comparisons.get(List.of(first, second));
    if (found == null) {
      throw new IllegalStateException(
          "adapters %d and %d were not compared".formatted(first, second));
    }
    return found;
  }
}
