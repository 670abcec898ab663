package dev.graft.infer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well an adapter answers labelled texts.
 *
 * @param count rows
 * @param loss mean cross entropy
 * @param accuracy share of rows whose most probable label is the true one
 * @param macroF1 mean F1 of the labels that occur, as truth or as answer
 * @param labels per label, in the adapter's order
 * @param confusion rows by true label, then by answered label; only what occurred
 * @param truncated rows of which tokens were left out
 */
public record EvalResult(
    long count,
    double loss,
    double accuracy,
    double macroF1,
    Map<String, LabelScore> labels,
    Map<String, Map<String, Long>> confusion,
    long truncated) {

  /**
   * The scores of one label; a ratio without a denominator is 0.
   *
   * @param support rows with this true label
   */
  public record LabelScore(double precision, double recall, double f1, long support) {}

  public EvalResult {
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    confusion = Collections.unmodifiableMap(new LinkedHashMap<>(confusion));
  }

  /** Computes the scores of a confusion matrix {@code [truth][answer]}. */
  static EvalResult of(List<String> names, long[][] matrix, double totalLoss, long truncated) {
    long count = 0;
    long right = 0;
    double f1Sum = 0;
    int occurring = 0;
    Map<String, LabelScore> scores = new LinkedHashMap<>();
    Map<String, Map<String, Long>> confusion = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      long support = 0;
      long answered = 0;
      Map<String, Long> row = new LinkedHashMap<>();
      for (int j = 0; j < names.size(); j++) {
        support += matrix[i][j];
        answered += matrix[j][i];
        if (matrix[i][j] > 0) {
          row.put(names.get(j), matrix[i][j]);
        }
      }
      double precision = ratio(matrix[i][i], answered);
      double recall = ratio(matrix[i][i], support);
      double f1 = ratio(2 * precision * recall, precision + recall);
      scores.put(names.get(i), new LabelScore(precision, recall, f1, support));
      if (!row.isEmpty()) {
        confusion.put(names.get(i), Collections.unmodifiableMap(row));
      }
      if (support + answered > 0) {
        f1Sum += f1;
        occurring++;
      }
      count += support;
      right += matrix[i][i];
    }
    return new EvalResult(
        count,
        ratio(totalLoss, (double) count),
        ratio(right, count),
        ratio(f1Sum, (double) occurring),
        scores,
        confusion,
        truncated);
  }

  private static double ratio(long numerator, long denominator) {
    return ratio((double) numerator, (double) denominator);
  }

  private static double ratio(double numerator, double denominator) {
    return denominator == 0 ? 0 : numerator / denominator;
  }
}
