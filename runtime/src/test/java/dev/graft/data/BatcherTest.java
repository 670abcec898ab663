package dev.graft.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.text.TextTokenizer;
import dev.graft.text.TinyTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatcherTest {
  @TempDir Path folder;

  @Test
  void inOrderIsTheFilesOrderWithTheLastPartialBatch() throws IOException {
    Batcher batcher = new Batcher(words(10), BatchPlan.inOrder(4));
    assertEquals(3, batcher.stepsPerEpoch());
    assertArrayEquals(new int[] {0, 1, 2, 3}, batcher.rows(0, 0));
    assertArrayEquals(new int[] {8, 9}, batcher.rows(5, 2));
    assertThrows(IllegalArgumentException.class, () -> batcher.rows(0, 3));
    assertThrows(IllegalArgumentException.class, () -> batcher.rows(-1, 0));
  }

  @Test
  void padsToTheLongestRowAndMasksThePadding() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "text,label\none,b\ntwo three four,a\n");
    Dataset data = Dataset.read(file, Columns.defaults(), true);
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      TokenizedSet set = TokenizedSet.of(data, LabelMap.of(data), tokenizer, 6);
      Batch batch = new Batcher(set, BatchPlan.inOrder(2)).batch(0, 0);
      assertEquals(5, batch.length());
      assertArrayEquals(new long[] {2, 4, 3, 0, 0, 2, 5, 6, 7, 3}, batch.ids());
      assertArrayEquals(new long[] {1, 1, 1, 0, 0, 1, 1, 1, 1, 1}, batch.mask());
      assertArrayEquals(new long[10], batch.typeIds());
      assertArrayEquals(new int[] {1, 0}, batch.labels());
      assertEquals(8, batch.realTokens());
      assertEquals(10, batch.paddedTokens());
      assertEquals(
          6, Batch.of(set, new int[] {0, 1}, 4).length(), "rounded to 8, but the maximum is 6");
      assertEquals(4, Batch.of(set, new int[] {0}, 4).length());
    }
  }

  @Test
  void countsCutRowsAndMarksRowsWithoutALabel() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      TokenizedSet set = TokenizedSet.of(List.of("one two three four", "one", ""), tokenizer, 4);
      assertEquals(1, set.truncatedRows());
      assertEquals(4 + 3 + 2, set.tokens());
      assertEquals(TokenizedSet.NO_LABEL, set.label(1));
    }
  }

  @Test
  void everyEpochHasEveryRowOnceAndItsOwnOrder() throws IOException {
    TokenizedSet set = words(1000);
    for (boolean bucketing : new boolean[] {false, true}) {
      Batcher batcher = new Batcher(set, new BatchPlan(7, true, bucketing, 42, 1));
      int[] first = epoch(batcher, 0);
      int[] second = epoch(batcher, 1);
      assertFalse(Arrays.equals(first, second));
      for (int[] rows : List.of(first, second)) {
        assertArrayEquals(
            IntStream.range(0, 1000).toArray(), Arrays.stream(rows).sorted().toArray());
      }
    }
  }

  @Test
  void anyStepCanBeAskedForAtAnyTime() throws IOException {
    TokenizedSet set = words(500);
    BatchPlan plan = BatchPlan.forTraining(8, 7);
    Batcher replayed = new Batcher(set, plan);
    List<int[]> seen = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      for (int step = 0; step < replayed.stepsPerEpoch(); step++) {
        seen.add(replayed.rows(epoch, step));
      }
    }
    Batcher resumed = new Batcher(set, plan);
    for (int at = seen.size() - 1; at >= 0; at--) {
      int steps = resumed.stepsPerEpoch();
      assertArrayEquals(seen.get(at), resumed.rows(at / steps, at % steps));
    }
  }

  @Test
  void anotherSeedIsAnotherOrder() throws IOException {
    TokenizedSet set = words(100);
    int[] one = epoch(new Batcher(set, BatchPlan.forTraining(8, 1)), 0);
    int[] other = epoch(new Batcher(set, BatchPlan.forTraining(8, 2)), 0);
    assertFalse(Arrays.equals(one, other));
  }

  @Test
  void bucketingWithoutShufflingIsTheSameEveryEpochAndSorted() throws IOException {
    Batcher batcher = new Batcher(words(60), new BatchPlan(4, false, true, 0, 1));
    int[] rows = epoch(batcher, 0);
    assertArrayEquals(rows, epoch(batcher, 9));
    for (int i = 1; i < rows.length; i++) {
      assertTrue(batcher.set().length(rows[i - 1]) <= batcher.set().length(rows[i]));
    }
  }

  @Test
  void refusesPlansWithoutRows() throws IOException {
    assertThrows(IllegalArgumentException.class, () -> BatchPlan.inOrder(0));
    assertThrows(IllegalArgumentException.class, () -> new BatchPlan(1, true, true, 0, 0));
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      TokenizedSet empty = TokenizedSet.of(List.of(), tokenizer, 8);
      assertThrows(IllegalArgumentException.class, () -> new Batcher(empty, BatchPlan.inOrder(1)));
    }
  }

  @Test
  void theGeneratorIsSplitMix64() {
    // The first outputs of the reference implementation for seed 1234567.
    SplitMix64 random = new SplitMix64(1234567);
    assertEquals("6457827717110365317", Long.toUnsignedString(random.next()));
    assertEquals("3203168211198807973", Long.toUnsignedString(random.next()));
    assertEquals("9817491932198370423", Long.toUnsignedString(random.next()));
  }

  @Test
  void drawsBelowABoundEvenly() {
    SplitMix64 random = SplitMix64.of(3, 4);
    int[] counts = new int[6];
    for (int i = 0; i < 60_000; i++) {
      counts[random.below(6)]++;
    }
    for (int count : counts) {
      assertEquals(10_000, count, 500);
    }
    assertEquals(0, random.below(1));
  }

  @Test
  void bucketingSparesMostPaddingOnRealData() throws IOException {
    Path shared = Path.of(System.getProperty("graft.shared", ""));
    Path source = shared.resolve("data/clinc150/data_full.json");
    Path tokenizerFile = shared.resolve("models/smollm2-135m-instruct/tokenizer.json");
    Assumptions.assumeTrue(
        Files.isRegularFile(source) && Files.isRegularFile(tokenizerFile),
        "no CLINC150 beside the project");
    List<String> texts = new ArrayList<>();
    for (JsonNode row : new ObjectMapper().readTree(source.toFile()).get("train")) {
      texts.add(row.get(0).asText());
    }
    try (TextTokenizer tokenizer = TextTokenizer.open(tokenizerFile)) {
      TokenizedSet set = TokenizedSet.of(texts, tokenizer, 64);
      double plain = paddingShare(new Batcher(set, new BatchPlan(32, true, false, 1, 1)));
      double bucketed = paddingShare(new Batcher(set, new BatchPlan(32, true, true, 1, 1)));
      assertTrue(plain > 0.3, "padding without bucketing is " + plain);
      assertTrue(bucketed < 0.05, "padding with bucketing is " + bucketed);
    }
  }

  private static double paddingShare(Batcher batcher) {
    long real = 0;
    long padded = 0;
    for (int step = 0; step < batcher.stepsPerEpoch(); step++) {
      Batch batch = batcher.batch(0, step);
      real += batch.realTokens();
      padded += batch.paddedTokens();
    }
    return 1 - (double) real / padded;
  }

  private static int[] epoch(Batcher batcher, long number) {
    return IntStream.range(0, batcher.stepsPerEpoch())
        .flatMap(step -> Arrays.stream(batcher.rows(number, step)))
        .toArray();
  }

  /** Rows of 1 to 13 words in a fixed disorder. */
  private TokenizedSet words(int rows) throws IOException {
    List<String> texts =
        IntStream.range(0, rows).mapToObj(i -> "one ".repeat(1 + i * 31 % 13)).toList();
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      return TokenizedSet.of(texts, tokenizer, 64);
    }
  }
}
