package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.Batch;
import dev.graft.data.TokenizedSet;
import dev.graft.ort.ElementType;
import dev.graft.ort.NativeHandles;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.TensorSpec;
import dev.graft.testmodels.TinyEncoders;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutMasksTest {
  private static final int FEATURES = 97;

  /** A sample mean is farther than this many deviations away once in two million times. */
  private static final double DEVIATIONS = 5;

  @TempDir Path folder;
  private TokenizedSet set;
  private long handles;

  @BeforeEach
  void tokenize() throws IOException {
    handles = NativeHandles.openCount();
    Path file = Files.writeString(folder.resolve("tokenizer.json"), TinyEncoders.tokenizerJson());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      texts.add("please ".repeat(1 + i * 7 % 29).strip());
    }
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      set = TokenizedSet.of(texts, tokenizer, 64);
    }
  }

  @AfterEach
  void freesAllNativeMemory() {
    assertEquals(handles, NativeHandles.openCount(), NativeHandles.describeOpen()::toString);
  }

  private static TensorSpec spec(String name, ElementType type, String... dims) {
    List<Long> shape =
        Arrays.stream(dims).map(d -> d.matches("\\d+") ? Long.parseLong(d) : -1L).toList();
    return new TensorSpec(name, type, shape, List.of(dims));
  }

  private static DropoutMasks masks(double probability, long seed, TensorSpec... specs) {
    List<TensorSpec> inputs = new ArrayList<>(List.of(specs));
    inputs.add(spec("input_ids", ElementType.INT64, "batch", "tokens"));
    return DropoutMasks.of(inputs, probability, seed);
  }

  private static TensorSpec module(String name) {
    return spec(
        name + ".lora_keep", ElementType.BOOL, "batch", "tokens", Integer.toString(FEATURES));
  }

  private RunTokens all(int epoch) {
    return RunTokens.of(epoch, Batch.of(set, IntStream.range(0, 40).toArray(), 1));
  }

  private static byte[] bytes(DropoutMasks masks, RunTokens tokens, String module) {
    NativeTensor mask = Objects.requireNonNull(masks.of(tokens).get(module + ".lora_keep"), module);
    byte[] bytes = new byte[mask.size()];
    mask.byteBuffer().get(0, bytes);
    return bytes;
  }

  /** The masks of real tokens one after the other. */
  private byte[] drawn(double probability, long seed, String module, int epoch) {
    RunTokens tokens = all(epoch);
    try (DropoutMasks masks = masks(probability, seed, module(module))) {
      byte[] bytes = bytes(masks, tokens, module);
      byte[] real = new byte[bytes.length];
      int size = 0;
      for (int cell = 0; cell < tokens.cells().length; cell++) {
        if (tokens.cells()[cell] != RunTokens.NONE) {
          System.arraycopy(bytes, cell * FEATURES, real, size, FEATURES);
          size += FEATURES;
        }
      }
      return Arrays.copyOf(real, size);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.1, 0.5, 0.9})
  void dropsTheShareThatWasAskedFor(double probability) {
    byte[] drawn = drawn(probability, 42, "q", 0);
    int tokens = drawn.length / FEATURES;
    assertTrue(tokens > 400, "only %d tokens".formatted(tokens));
    double[] byFeature = new double[FEATURES];
    double[] byToken = new double[tokens];
    double kept = 0;
    for (int i = 0; i < drawn.length; i++) {
      kept += drawn[i];
      byFeature[i % FEATURES] += drawn[i];
      byToken[i / FEATURES] += drawn[i];
    }
    // Divided by 1 - p, what is kept has the mean of what came in.
    assertMean(1 - probability, kept / drawn.length, drawn.length, "all");
    for (int f = 0; f < FEATURES; f++) {
      assertMean(1 - probability, byFeature[f] / tokens, tokens, "feature " + f);
    }
    for (int t = 0; t < tokens; t++) {
      assertMean(1 - probability, byToken[t] / FEATURES, FEATURES, "token " + t);
    }
  }

  private static void assertMean(double expected, double found, int count, String what) {
    // One more draw either way, since few draws are not normally distributed.
    double bound = DEVIATIONS * Math.sqrt(expected * (1 - expected) / count) + 1.5 / count;
    assertEquals(expected, found, bound, what);
  }

  @Test
  void masksOfModulesPassesSeedsTokensAndFeaturesAreIndependent() {
    byte[] mask = drawn(0.3, 42, "q", 0);
    assertIndependent(mask, drawn(0.3, 42, "v", 0), "module");
    assertIndependent(mask, drawn(0.3, 42, "q", 1), "pass");
    assertIndependent(mask, drawn(0.3, 43, "q", 0), "seed");
    assertIndependent(mask, shifted(mask, 1), "next feature");
    assertIndependent(mask, shifted(mask, 2), "feature after it");
    assertIndependent(mask, shifted(mask, FEATURES), "next token");
    assertIndependent(mask, shifted(mask, 2 * FEATURES), "token after it");
  }

  private static byte[] shifted(byte[] mask, int by) {
    byte[] shifted = new byte[mask.length];
    for (int i = 0; i < mask.length; i++) {
      shifted[i] = mask[(i + by) % mask.length];
    }
    return shifted;
  }

  private static void assertIndependent(byte[] left, byte[] right, String what) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += (left[i] - 0.7) * (right[i] - 0.7);
    }
    double correlation = sum / left.length / (0.7 * 0.3);
    assertEquals(0, correlation, DEVIATIONS / Math.sqrt(left.length), what);
  }

  @Test
  void aTokenHasItsMaskInWhateverRunItIs() {
    Batch alone = Batch.of(set, new int[] {7}, 8);
    Batch among = Batch.of(set, new int[] {3, 4, 7, 20}, 1);
    try (DropoutMasks masks = masks(0.5, 42, module("q"))) {
      byte[] one = bytes(masks, RunTokens.of(2, alone), "q");
      byte[] four = bytes(masks, RunTokens.of(2, among), "q");
      int length = set.length(7) * FEATURES;
      int start = 2 * among.length() * FEATURES;
      assertArrayEquals(
          Arrays.copyOf(one, length), Arrays.copyOfRange(four, start, start + length));
    }
  }

  @Test
  void drawsTheSameBitsInEveryVersion() {
    // Made by another program from the definition; a run may be resumed by a newer Graft.
    String expected = "1001110110100000000101011110001110100011";
    Batch batch = Batch.of(set, new int[] {7}, 1);
    try (DropoutMasks masks = masks(0.5, 42, module("q"))) {
      byte[] bytes = bytes(masks, RunTokens.of(2, batch), "q");
      StringBuilder second = new StringBuilder();
      for (int f = 0; f < expected.length(); f++) {
        second.append(bytes[FEATURES + f]);
      }
      assertEquals(expected, second.toString());
    }
  }

  @Test
  void aModuleOfPickedTokensHasAMaskPerText() {
    TensorSpec picked = spec("pool.lora_keep", ElementType.BOOL, "batch", "4");
    Batch batch = Batch.of(set, new int[] {3, 4, 7}, 1);
    try (DropoutMasks masks = masks(0.5, 42, picked)) {
      NativeTensor mask =
          Objects.requireNonNull(masks.of(RunTokens.of(0, batch)).get("pool.lora_keep"));
      assertArrayEquals(new long[] {3, 4}, mask.shape());
    }
  }

  @Test
  void refusesRowsThatAreNeitherTokensNorTexts() {
    TensorSpec odd = spec("odd.lora_keep", ElementType.BOOL, "windows", "4");
    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> masks(0.5, 42, odd));
    assertTrue(refusal.toString().contains("[windows, 4]"), refusal::toString);
  }

  @Test
  void hasNothingToDrawForAGraphWithoutMasks() {
    try (DropoutMasks with = masks(0.5, 42, module("q"));
        DropoutMasks without = masks(0, 42)) {
      assertFalse(with.isEmpty());
      assertTrue(without.isEmpty());
    }
  }
}
