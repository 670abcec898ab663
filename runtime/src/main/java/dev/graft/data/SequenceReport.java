package dev.graft.data;

import java.util.ArrayList;
import java.util.List;

/**
 * What became of the examples of a file.
 *
 * @param rows sequences there are
 * @param tokens tokens of all sequences
 * @param learnedTokens those of them that count in the loss
 * @param truncated examples that were cut to the maximum length, with the tokens lost
 * @param dropped examples left out because no token to be learned was left, with their tokens
 * @param shared examples in which one token has the end of the prompt and the beginning of the
 *     answer (it is learned); a prompt given alone is cut into tokens differently there. Its tokens
 *     are the number of such tokens
 */
public record SequenceReport(
    int rows, long tokens, long learnedTokens, Tally truncated, Tally dropped, Tally shared) {

  /**
   * Some of the examples.
   *
   * @param rows how many
   * @param tokens how many tokens
   * @param firstLines the lines of the first of them, at most {@value #SHOWN}
   */
  public record Tally(int rows, long tokens, List<Long> firstLines) {
    static final int SHOWN = 5;

    public Tally {
      firstLines = List.copyOf(firstLines);
    }

    @Override
    public String toString() {
      String lines =
          String.join(", ", firstLines.stream().map(String::valueOf).toList())
              + (rows > firstLines.size() ? ", ..." : "");
      return rows == 0 ? "none" : "%d (%d tokens; lines %s)".formatted(rows, tokens, lines);
    }
  }

  /** Counts while a file is read. */
  static final class Counter {
    private final List<Long> lines = new ArrayList<>();
    private int rows;
    private long tokens;

    void add(long line, long count) {
      rows++;
      tokens += count;
      if (lines.size() < Tally.SHOWN) {
        lines.add(line);
      }
    }

    Tally tally() {
      return new Tally(rows, tokens, lines);
    }
  }
}
