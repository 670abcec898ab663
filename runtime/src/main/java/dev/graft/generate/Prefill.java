package dev.graft.generate;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Prompts of like length that are read together, part by part if they are long. */
final class Prefill implements AutoCloseable {
  /** How much longer the padded prompts may be than the prompts themselves. */
  private static final double MOST_PADDING = 1.2;

  private final DecodingBatch batch;
  private final int width;
  private final int tokensPerRun;
  private int done;

  private Prefill(DecodingBatch batch, int tokensPerRun) {
    this.batch = batch;
    this.width = batch.sequences().stream().mapToInt(Sequence::promptLength).max().orElseThrow();
    this.tokensPerRun = tokensPerRun;
  }

  static Prefill of(Decoder decoder, List<Sequence> sequences, int tokensPerRun) {
    return new Prefill(DecodingBatch.of(decoder, sequences), tokensPerRun);
  }

  /**
   * Those of the candidates that are read with the first of them: of like length, and not more
   * together than one run takes.
   *
   * @param alike whether they must have the same length and no prefix to be read together
   */
  static List<Sequence> group(List<Sequence> candidates, int tokensPerRun, boolean alike) {
    List<Sequence> group = new ArrayList<>();
    int longest = 0;
    int tokens = 0;
    for (Sequence candidate : candidates) {
      int wider = Math.max(longest, candidate.promptLength());
      int padded = wider * (group.size() + 1);
      int together = tokens + candidate.promptLength();
      boolean fits = padded <= tokensPerRun && padded <= MOST_PADDING * together;
      if (group.isEmpty() || (fits && (!alike || isAlike(group.get(0), candidate)))) {
        group.add(candidate);
        longest = wider;
        tokens = together;
      }
    }
    return group;
  }

  private static boolean isAlike(Sequence first, Sequence other) {
    return first.promptLength() == other.promptLength()
        && first.adapter().virtualTokens() == 0
        && other.adapter().virtualTokens() == 0;
  }

  DecodingBatch batch() {
    return batch;
  }

  /** Reads the next part; returns the logits {@code [B, V]} behind the prompts after the last. */
  Optional<FloatBuffer> advance() {
    List<Sequence> rows = batch.sequences();
    // Several prompts are read at once; a group is never more than a run takes.
    int columns = rows.size() > 1 ? width : Math.min(width - done, tokensPerRun);
    NewTokens tokens = new NewTokens(rows.size(), columns);
    for (int row = 0; row < rows.size(); row++) {
      Sequence sequence = rows.get(row);
      int end = Math.min(sequence.promptLength(), done + columns);
      for (int i = done; i < end; i++) {
        tokens.add(row, sequence.promptToken(i));
      }
    }
    FloatBuffer logits = batch.run(tokens);
    done += columns;
    return done == width ? Optional.of(logits) : Optional.empty();
  }

  @Override
  public void close() {
    batch.close();
  }
}
