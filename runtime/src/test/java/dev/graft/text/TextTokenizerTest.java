package dev.graft.text;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTokenizerTest {
  @TempDir Path folder;

  @Test
  void addsSpecialTokensAndNeitherPadsNorCutsAsTheFileSays() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      Encoded encoded = tokenizer.encode("One two THREE four five", 128);
      assertArrayEquals(new int[] {2, 4, 5, 6, 7, 8, 3}, encoded.ids());
      assertArrayEquals(new int[7], encoded.typeIds());
      assertFalse(encoded.truncated());
    }
  }

  @Test
  void cuttingKeepsTheSpecialTokens() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      Encoded encoded = tokenizer.encode("one two three four five", 5);
      assertArrayEquals(new int[] {2, 4, 5, 6, 3}, encoded.ids());
      assertTrue(encoded.truncated());
      assertEquals(7, encoded.fullLength());
      assertEquals(7, tokenizer.encode("one two three four five", 7).length());
      String message = refusal(IllegalArgumentException.class, () -> tokenizer.encode("one", 2));
      assertTrue(
          message.startsWith("maximum length is 2 tokens, expected more than the 2 special tokens"),
          message);
    }
  }

  @Test
  void aSpecialTokenInTheTextIsNotTakenForTheClosingOne() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      assertArrayEquals(new int[] {2, 4, 3, 3}, tokenizer.encode("one [SEP]", 9).ids());
      assertArrayEquals(new int[] {2, 4, 3}, tokenizer.encode("one [SEP]", 3).ids());
    }
  }

  @Test
  void takesEmptyComposedBrokenAndVeryLongText() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      assertArrayEquals(new int[] {2, 3}, tokenizer.encode("", 8).ids());
      assertArrayEquals(new int[] {2, 9, 10, 3}, tokenizer.encode("cafe\u0301s", 8).ids());
      assertArrayEquals(new int[] {2, 9, 10, 3}, tokenizer.encode("caf\u00e9s", 8).ids());
      assertArrayEquals(new int[] {2, 11, 3}, tokenizer.encode("\ud83d\ude00", 8).ids());
      assertArrayEquals(new int[] {2, 4, 3}, tokenizer.encode("one \ud83d", 8).ids());
      assertEquals(4, tokenizer.encode("one\u0000 two", 8).length());
      Encoded longText = tokenizer.encode("one two ".repeat(50_000), 16);
      assertEquals(16, longText.length());
      assertEquals(100_002, longText.fullLength());
    }
  }

  @Test
  void encodesListsInOrder() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      List<Encoded> all = tokenizer.encodeAll(List.of("one", "two three"), 8);
      assertEquals(List.of(3, 4), all.stream().map(Encoded::length).toList());
    }
  }

  @Test
  void tellsVocabularyPaddingDigestAndMaximum() throws IOException {
    Path file = TinyTokenizer.in(folder);
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      assertEquals(12, tokenizer.vocabularySize());
      assertEquals(0, tokenizer.padId());
      assertEquals(64, tokenizer.digest().length());
      assertEquals(OptionalInt.empty(), tokenizer.modelMaxLength());
    }
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 512}");
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      assertEquals(OptionalInt.of(512), tokenizer.modelMaxLength());
    }
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"model_max_length\": 1000000000000000019884624838656}");
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      assertEquals(OptionalInt.empty(), tokenizer.modelMaxLength());
    }
  }

  @Test
  void thePadTokenIsFoundInTheConfigurationBeside() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        TinyTokenizer.JSON.replaceAll(
            "(?s)\"padding\": .*?\\},\\s+\"added", "\"padding\": null, \"added"));
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"pad_token\": {\"content\": \"[SEP]\"}}");
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      assertEquals(3, tokenizer.padId());
    }
  }

  @Test
  void refusesWhatIsNotATokenizer() throws IOException {
    assertRefused("not json", "is not JSON");
    assertRefused("", "expected the JSON object of a tokenizer.json");
    assertRefused("[1]", "holds ARRAY, expected the JSON object of a tokenizer.json");
    assertRefused("{\"a\": 1}", "has no object \"model\"");
    assertRefused("{\"model\": {\"vocab\": {}}}", "has an empty vocabulary");
    assertRefused(
        "{\"model\": {\"type\": \"Nonsense\", \"vocab\": {\"a\": 0}}}",
        "is JSON but not a usable tokenizer: ");
    assertRefused(
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": \"x\"}, \"merges\": 3}}",
        "is JSON but not a usable");
  }

  private void assertRefused(String content, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), content);
    String message = refusal(TokenizerException.class, () -> TextTokenizer.open(file).close());
    assertTrue(message.contains(expected) && message.contains("tokenizer.json"), message);
  }

  @Test
  void aClosedTokenizerIsRefusedAndMayBeClosedAgain() throws IOException {
    TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder));
    tokenizer.close();
    tokenizer.close();
    assertThrows(IllegalStateException.class, () -> tokenizer.encode("one", 8));
  }

  @Test
  void eightThreadsShareOneTokenizer() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyTokenizer.in(folder))) {
      List<Future<Integer>> lengths = new ArrayList<>();
      for (int t = 1; t <= 8; t++) {
        int words = t;
        lengths.add(
            pool.submit(
                () -> {
                  int wrong = 0;
                  for (int i = 0; i < 500; i++) {
                    wrong +=
                        tokenizer.encode("two ".repeat(words), 64).length() == words + 2 ? 0 : 1;
                  }
                  return wrong;
                }));
      }
      for (Future<Integer> wrong : lengths) {
        assertEquals(0, wrong.get());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void namesPlatformsAsTheJarDoes() {
    assertEquals("linux-x86_64", TokenizerLibrary.platform("Linux", "amd64"));
    assertEquals("osx-aarch64", TokenizerLibrary.platform("Mac OS X", "aarch64"));
    assertEquals("win-x86_64", TokenizerLibrary.platform("Windows 11", "amd64"));
  }

  @Test
  void readsARealByteLevelTokenizer() throws IOException {
    Path file =
        Path.of(System.getProperty("graft.shared", ""))
            .resolve("models/smollm2-135m-instruct/tokenizer.json");
    Assumptions.assumeTrue(Files.isRegularFile(file), "no SmolLM2 tokenizer beside the project");
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      assertEquals(49152, tokenizer.vocabularySize());
      assertEquals(2, tokenizer.padId());
      assertEquals(OptionalInt.of(8192), tokenizer.modelMaxLength());
      assertArrayEquals(new int[] {19556, 905}, tokenizer.encode("Hello world", 8).ids());
      assertArrayEquals(new int[0], tokenizer.encode("", 8).ids());
    }
  }
}
