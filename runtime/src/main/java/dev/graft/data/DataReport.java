package dev.graft.data;

import java.util.List;
import java.util.Optional;

/**
 * What a look at one or two data files found. Lists of cases are cut to the first {@link #CASES};
 * the counts are not.
 *
 * @param second the other file, if two were compared
 * @param leakage texts that are in both files, if two were compared
 */
public record DataReport(FileReport first, Optional<FileReport> second, Optional<Leakage> leakage) {
  /** How many cases of each finding are listed. */
  public static final int CASES = 10;

  /** Whether nothing was found that a person should look at. */
  public boolean clean() {
    return first.clean()
        && second.map(FileReport::clean).orElse(true)
        && leakage.map(Leakage::clean).orElse(true);
  }

  /**
   * One file.
   *
   * @param emptyRowCount rows whose text is empty or blank
   * @param emptyRows lines of such rows
   * @param unlabelledRows rows without a label; of interest where others have one
   * @param labels most frequent first, equal ones by name
   * @param tokens lengths in tokens, if there was a tokenizer
   */
  public record FileReport(
      String file,
      String digest,
      int rows,
      int emptyRowCount,
      List<Long> emptyRows,
      int unlabelledRows,
      List<LabelCount> labels,
      Lengths characters,
      Optional<TokenLengths> tokens,
      Duplicates duplicates) {
    public FileReport {
      emptyRows = List.copyOf(emptyRows);
      labels = List.copyOf(labels);
    }

    /**
     * Rows of the most frequent label for one of the least frequent; 1 is balanced, 0 where there
     * are no labels.
     */
    public double imbalance() {
      return labels.isEmpty()
          ? 0
          : (double) labels.get(0).rows() / labels.get(labels.size() - 1).rows();
    }

    boolean clean() {
      boolean mixed = unlabelledRows > 0 && unlabelledRows < rows;
      return rows > 0
          && emptyRowCount == 0
          && !mixed
          && duplicates.normalizedRows() == 0
          && tokens.map(lengths -> lengths.tooLongRows() == 0).orElse(true);
    }
  }

  /** How many rows have a label. */
  public record LabelCount(String label, int rows) {}

  /** Lengths of texts; percentiles are the nearest-rank ones. All 0 where there are no rows. */
  public record Lengths(int min, double mean, int median, int p90, int p95, int p99, int max) {}

  /**
   * Lengths in tokens, special tokens included.
   *
   * @param maxLength what a row is cut to
   * @param tooLongRows rows that would be cut
   * @param tooLong lines of such rows
   */
  public record TokenLengths(Lengths lengths, int maxLength, int tooLongRows, List<Long> tooLong) {
    public TokenLengths {
      tooLong = List.copyOf(tooLong);
    }
  }

  /**
   * Texts that occur again. Blank texts do not count.
   *
   * @param exactRows rows whose very text occurred before
   * @param normalizedRows rows whose text occurred before but for case, width and white space
   * @param conflictingTexts normalized texts with more than one label
   * @param repeated texts with the lines they are at
   * @param conflicts texts with more than one label
   */
  public record Duplicates(
      int exactRows,
      int normalizedRows,
      int conflictingTexts,
      List<Repeated> repeated,
      List<Conflict> conflicts) {
    public Duplicates {
      repeated = List.copyOf(repeated);
      conflicts = List.copyOf(conflicts);
    }
  }

  /** A text and the lines it is at. */
  public record Repeated(String text, List<Long> lines) {
    public Repeated {
      lines = List.copyOf(lines);
    }
  }

  /** A text and the labels it has, sorted, with the lines it is at. */
  public record Conflict(String text, List<String> labels, List<Long> lines) {
    public Conflict {
      labels = List.copyOf(labels);
      lines = List.copyOf(lines);
    }
  }

  /**
   * Rows of the second file whose text is in the first.
   *
   * @param exactRows with the very same text
   * @param normalizedRows with the same text but for case, width and white space
   * @param unknownLabels labels of the second file that the first does not have, sorted
   */
  public record Leakage(
      int exactRows, int normalizedRows, List<Shared> shared, List<String> unknownLabels) {
    public Leakage {
      shared = List.copyOf(shared);
      unknownLabels = List.copyOf(unknownLabels);
    }

    boolean clean() {
      return normalizedRows == 0 && unknownLabels.isEmpty();
    }
  }

  /** A text of both files and where it is first in each. */
  public record Shared(String text, long firstLine, long secondLine) {}
}
