package dev.graft.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.ExampleEncoder.Loss;
import dev.graft.testmodels.TinyByteTokenizer;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequenceBatcherTest {
  @TempDir Path folder;

  @Test
  void saysWhichTokenPredictsWhich() throws IOException {
    SequenceBatch batch =
        new SequenceBatcher(letters(1, 2), BatchPlan.inOrder(2), false).batch(0, 0);

    // Rows "p", "a", end and "p", "a", "a", end; the completion and the end are learned.
    int p = TinyIds.P;
    int a = TinyIds.A;
    assertEquals(4, batch.length());
    assertArrayEquals(new long[] {p, a, 2, 0, p, a, a, 2}, batch.ids());
    assertArrayEquals(new long[] {1, 1, 1, 0, 1, 1, 1, 1}, batch.mask());
    assertArrayEquals(new long[] {0, 1, 2, 0, 0, 1, 2, 3}, batch.positions());
    assertArrayEquals(new long[] {0, 1, 4, 5, 6}, batch.labelPositions());
    assertArrayEquals(new long[] {a, 2, a, a, 2}, batch.labels());
    assertArrayEquals(new float[] {1, 1, 1, 1, 1}, batch.labelWeights());
    assertEquals(7, batch.realTokens());
    assertEquals(8, batch.paddedTokens());
  }

  @Test
  void aPackedRowHasNumberedSegmentsThatBeginAnew() throws IOException {
    TokenSequences set = letters(1, 2, 1);
    SequenceBatch batch = SequenceBatch.of(set, List.of(new int[] {0, 2}, new int[] {1}), 1);

    assertArrayEquals(new long[] {1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 0}, batch.mask());
    assertArrayEquals(new long[] {0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 0, 0}, batch.positions());
    assertArrayEquals(
        new long[] {0, 1, 3, 4, 6, 7, 8},
        batch.labelPositions(),
        "no token predicts the first one of the next segment");
    assertArrayEquals(new int[] {0, 2}, batch.segments(0));
  }

  @Test
  void packingKeepsEverySequenceOnceAndFillsRows() throws IOException {
    TokenSequences set = letters(new Random(5).ints(500, 1, 20).toArray());
    BatchPlan plan = BatchPlan.forTraining(4, 9);
    SequenceBatcher packed = new SequenceBatcher(set, plan, true);
    SequenceBatcher plain = new SequenceBatcher(set, plan, false);

    assertTrue(packed.rows() < plain.rows() / 2, "64 tokens take several of 3 to 21");
    for (long epoch = 0; epoch < 2; epoch++) {
      List<Integer> seen = new ArrayList<>();
      long real = 0;
      long padded = 0;
      for (int step = 0; step < packed.stepsPerEpoch(); step++) {
        SequenceBatch batch = packed.batch(epoch, step);
        assertTrue(batch.length() <= set.maxLength());
        for (int b = 0; b < batch.size(); b++) {
          Arrays.stream(batch.segments(b)).forEach(seen::add);
        }
        real += batch.realTokens();
        padded += batch.paddedTokens();
      }
      seen.sort(Integer::compare);
      assertEquals(IntStream.range(0, 500).boxed().toList(), seen);
      assertEquals(set.report().tokens(), real);
      assertTrue(real > 0.95 * padded, "%d of %d cells are used".formatted(real, padded));
    }
  }

  @Test
  void theSameSeedGivesTheSameBatchesInEveryEpochAnotherOrder() throws IOException {
    TokenSequences set = letters(new Random(6).ints(300, 1, 20).toArray());
    for (boolean pack : new boolean[] {false, true}) {
      SequenceBatcher one = new SequenceBatcher(set, BatchPlan.forTraining(4, 1), pack);
      SequenceBatcher two = new SequenceBatcher(set, BatchPlan.forTraining(4, 1), pack);
      SequenceBatcher other = new SequenceBatcher(set, BatchPlan.forTraining(4, 2), pack);
      assertArrayEquals(one.batch(3, 2).ids(), two.batch(3, 2).ids());
      assertEquals(one.stepsPerEpoch(), two.stepsPerEpoch());
      assertFalse(Arrays.equals(one.batch(0, 0).ids(), one.batch(1, 0).ids()));
      assertFalse(Arrays.equals(one.batch(0, 0).ids(), other.batch(0, 0).ids()));
    }
  }

  @Test
  void runsHoldTheirCellsAndTogetherAllRows() throws IOException {
    TokenSequences set = letters(9, 1, 8, 2, 7, 3, 20);
    List<SequenceBatch> whole =
        List.of(new SequenceBatcher(set, BatchPlan.inOrder(7), false).batch(0, 0));

    List<SequenceBatch> runs = SequenceBatch.split(set, whole, 1, 20);

    long labels = runs.stream().mapToLong(run -> run.labels().length).sum();
    assertEquals(whole.get(0).labels().length, labels);
    assertEquals(set.report().tokens(), runs.stream().mapToLong(SequenceBatch::realTokens).sum());
    for (SequenceBatch run : runs) {
      assertTrue(run.paddedTokens() <= 20 || run.size() == 1);
    }
    assertEquals(22, runs.get(0).length(), "the longest first, alone");
    assertEquals(whole, SequenceBatch.split(set, whole, 1, 0));
  }

  /** Token ids of {@link TinyByteTokenizer}'s letters: three special tokens, then the bytes. */
  private static final class TinyIds {
    static final int P = 3 + 'p';
    static final int A = 3 + 'a';

    private TinyIds() {}
  }

  /** Rows of a prompt "p" and completions of so many letters "a". */
  private TokenSequences letters(int... lengths) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int length : lengths) {
      rows.append("{\"prompt\": \"p\", \"completion\": \"%s\"}\n".formatted("a".repeat(length)));
    }
    Path file = Files.writeString(folder.resolve("letters.jsonl"), rows);
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      return TokenSequences.read(
          file,
          GenerationColumns.defaults(),
          new ExampleEncoder(tokenizer, 2, Optional.empty(), Loss.ANSWERS),
          SequenceLimit.cutAt(64));
    }
  }
}
