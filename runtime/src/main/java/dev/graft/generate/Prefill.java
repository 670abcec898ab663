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
   */
  static List<Sequence> group(List<Sequence> candidates, int tokensPerRun) {
    List<Sequence> group = new ArrayList<>();
    int longest = 0;
    int tokens = 0;
    for (Sequence candidate : candidates) {
      int wider = Math.max(longest, candidate.promptLength());
      int padded = wider * (group.size() + 1);
      int together = tokens + candidate.promptLength();
      if (group.isEmpty() || (padded <= tokensPerRun && padded <= MOST_PADDING * together)) {
        group.add(candidate);
        longest = wider;
        tokens = together;
      }
    }
    return group;
  }

  DecodingBatch batch() {
    return batch;
  }

  /** Reads the next part; returns the logits {@code [B, V]} behind the prompts after the last. */
  Optional<FloatBuffer> advance() {
    List<Sequence> rows = batch.sequences();
    int columns = Math.min(width - done, Math.max(1, tokensPerRun / rows.size()));
    NewTokens tokens = new NewTokens(rows.size(), columns, 0);
    for (int row = 0; row < rows.size(); row++) {
      Sequence sequence = rows.get(row);
      // Prompts end at the same column, so that their last tokens are side by side.
      int offset = done - (width - sequence.promptLength());
      for (int t = Math.max(0, -offset); t < columns; t++) {
        tokens.set(row, t, sequence.promptToken(offset + t));
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
