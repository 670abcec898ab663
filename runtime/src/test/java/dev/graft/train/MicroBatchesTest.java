package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.Batch;
import dev.graft.data.TokenizedSet;
import dev.graft.testmodels.TinyEncoders;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MicroBatchesTest {
  @TempDir Path folder;

  private TokenizedSet set() throws IOException {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), TinyEncoders.tokenizerJson());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      texts.add("please ".repeat(1 + i * 7 % 29).strip());
    }
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      return TokenizedSet.of(texts, tokenizer, 64);
    }
  }

  @Test
  void everyRowRunsOnceAndNoRunIsTooLarge() throws IOException {
    TokenizedSet set = set();
    List<Batch> batches =
        List.of(
            Batch.of(set, IntStream.range(0, 20).toArray(), 1),
            Batch.of(set, IntStream.range(20, 40).toArray(), 1));

    List<Batch> runs = MicroBatches.of(set, batches, 1, 100);

    List<Integer> rows =
        runs.stream()
            .flatMap(run -> IntStream.range(0, run.size()).mapToObj(run::row))
            .sorted()
            .toList();
    assertEquals(IntStream.range(0, 40).boxed().toList(), rows);
    for (Batch run : runs) {
      assertTrue(run.size() * run.length() <= 100, run.size() + " x " + run.length());
    }
    long before = batches.stream().mapToLong(Batch::paddedTokens).sum();
    long after = runs.stream().mapToLong(Batch::paddedTokens).sum();
    assertTrue(after < 0.8 * before, after + " of " + before);
  }

  @Test
  void aRowThatIsTooLongRunsAlone() throws IOException {
    TokenizedSet set = set();
    List<Batch> batches = List.of(Batch.of(set, new int[] {0, 4, 8}, 1));
    assertEquals(3, MicroBatches.of(set, batches, 1, 1).size());
  }

  @Test
  void zeroLeavesTheBatchesAlone() throws IOException {
    TokenizedSet set = set();
    List<Batch> batches = List.of(Batch.of(set, new int[] {3, 1, 2}, 1));
    assertSame(batches, MicroBatches.of(set, batches, 1, 0));
  }
}
