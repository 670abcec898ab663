package dev.graft.text;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testmodels.TinyByteTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecodingTest {
  /** A tokenizer of the SentencePiece kind: spaces are U+2581, unknown characters their bytes. */
  private static final String SPACES =
      """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
       "normalizer": {"type": "Sequence", "normalizers": [
         {"type": "Prepend", "prepend": "\u2581"},
         {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
       "pre_tokenizer": null, "post_processor": null,
       "decoder": {"type": "Sequence", "decoders": [
         {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
         {"type": "ByteFallback"}, {"type": "Fuse"},
         {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
       "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
         "vocab": {"<unk>": 0, %s, "\u2581": 257, "a": 258, "b": 259, "\u2581a": 260},
         "merges": [["\u2581", "a"]]}}
      """;

  @TempDir Path folder;

  @Test
  void tellsWhereEachTokenComesFrom() throws IOException {
    try (TextTokenizer tokenizer = bytes()) {
      String text = "the \ud83d\ude00 \u20acx";

      TokenizedText tokens = tokenizer.tokenize(text, false);

      assertEquals(0, tokens.start(0));
      assertEquals(3, tokens.end(0));
      for (int i = 1; i < tokens.length(); i++) {
        assertTrue(tokens.start(i) < tokens.end(i) && tokens.end(i) <= text.length());
        assertTrue(tokens.end(i - 1) <= tokens.end(i), "in order");
      }
      int last = tokens.length() - 1;
      assertEquals("x", text.substring(tokens.start(last), tokens.end(last)));
      long face =
          java.util.stream.IntStream.range(0, tokens.length())
              .filter(i -> tokens.start(i) <= 4 && tokens.end(i) == 6)
              .count();
      assertTrue(face >= 3, "every token of the emoji covers all of it");
    }
  }

  @Test
  void tellsSpecialTokensFromThoseOfTheText() throws IOException {
    TinyByteTokenizer.writeWithStartTo(folder);
    try (TextTokenizer tokenizer = TextTokenizer.open(folder.resolve("tokenizer.json"))) {
      TokenizedText tokens = tokenizer.tokenize("the<|im_end|>", true);
      assertEquals(3, tokens.length());
      assertTrue(tokens.added(0));
      assertFalse(tokens.added(2), "the text itself has it");
      assertTrue(tokenizer.isSpecial(tokens.id(2)));
      assertEquals(2, tokenizer.tokenize("the<|im_end|>", false).length());
      assertEquals(
          new SpecialToken("eos_token", "<|im_end|>", 2),
          tokenizer.specialToken("eos_token").orElseThrow());
      assertEquals(0, tokenizer.specialToken("bos_token").orElseThrow().id());
    }
  }

  @Test
  void decodesWithAndWithoutSpecialTokens() throws IOException {
    try (TextTokenizer tokenizer = bytes()) {
      int[] ids = tokenizer.tokenize("is \u00e4<|im_end|>\n", false).ids();
      assertEquals("is \u00e4<|im_end|>\n", tokenizer.decode(ids, false));
      assertEquals("is \u00e4\n", tokenizer.decode(ids, true));
      assertEquals("", tokenizer.decode(new int[0], true));
      assertTrue(
          refusal(IllegalArgumentException.class, () -> tokenizer.decode(new int[] {-1}, true))
              .contains("token id is -1"));
    }
  }

  @Test
  void everyTextComesBackFromItsTokens() throws IOException {
    try (TextTokenizer tokenizer = bytes()) {
      Random random = new Random(7);
      for (int i = 0; i < 300; i++) {
        String text = text(random);
        int[] ids = tokenizer.tokenize(text, false).ids();
        assertEquals(text, tokenizer.decode(ids, false));
        assertEquals(text, streamed(tokenizer, ids));
      }
    }
  }

  @Test
  void aPieceIsHeldBackUntilItsCharacterIsComplete() throws IOException {
    try (TextTokenizer tokenizer = bytes()) {
      int[] ids = tokenizer.tokenize("\u20ac!", false).ids();
      StreamDecoder decoder = tokenizer.streamDecoder(true);
      assertEquals(4, ids.length);
      assertEquals("", decoder.next(ids[0]));
      assertEquals("", decoder.next(ids[1]));
      assertEquals("\u20ac", decoder.next(ids[2]));
      assertEquals("!", decoder.next(ids[3]));
      assertEquals("", decoder.next(ids[0]));
      assertEquals("\ufffd", decoder.finish());
    }
  }

  @Test
  void anyTokensStreamToWhatTheyAreTogether() throws IOException {
    try (TextTokenizer tokenizer = bytes()) {
      Random random = new Random(11);
      for (int i = 0; i < 300; i++) {
        int[] ids = random.ints(1 + random.nextInt(40), 0, tokenizer.vocabularySize()).toArray();
        assertEquals(tokenizer.decode(ids, true), streamed(tokenizer, ids));
      }
    }
  }

  @Test
  void theLeadingSpaceOfASentencePieceTokenizerIsDroppedOnce() throws IOException {
    StringBuilder bytes = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      bytes.append(b == 0 ? "" : ", ").append("\"<0x%02X>\": %d".formatted(b, b + 1));
    }
    Path file = Files.writeString(folder.resolve("tokenizer.json"), SPACES.formatted(bytes));
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      for (String text :
          List.of("a", "a a b", " a", "  a  b", "\u20aca \ud83d\ude00\ud83d\ude00 a", "b\u00e4")) {
        int[] ids = tokenizer.tokenize(text, false).ids();
        assertEquals(text, tokenizer.decode(ids, true));
        assertEquals(text, streamed(tokenizer, ids));
      }
    }
  }

  @Test
  void realTokensStreamToRealText() throws IOException {
    Path file =
        Path.of(System.getProperty("graft.shared", ""))
            .resolve("models/smollm2-135m-instruct/tokenizer.json");
    Assumptions.assumeTrue(Files.isRegularFile(file), "no SmolLM2 tokenizer beside the project");
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      Random random = new Random(3);
      for (int i = 0; i < 200; i++) {
        String text = text(random);
        int[] ids = tokenizer.tokenize(text, false).ids();
        assertEquals(text, streamed(tokenizer, ids));
        int[] any = random.ints(30, 0, tokenizer.vocabularySize()).toArray();
        assertEquals(tokenizer.decode(any, true), streamed(tokenizer, any));
      }
      assertArrayEquals(new int[] {19556, 905}, tokenizer.tokenize("Hello world", true).ids());
      assertEquals("Hello world", tokenizer.decode(new int[] {19556, 905}, true));
      assertEquals("<|im_end|>", tokenizer.specialToken("eos_token").orElseThrow().text());
    }
  }

  private TextTokenizer bytes() throws IOException {
    return TextTokenizer.open(TinyByteTokenizer.writeTo(folder));
  }

  private static String streamed(TextTokenizer tokenizer, int[] ids) {
    StreamDecoder decoder = tokenizer.streamDecoder(true);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.next(id));
    }
    return text.append(decoder.finish()).toString();
  }

  /**
   * Words, accents, other scripts, emoji with joiners and skin tones, and any characters at all.
   */
  private static String text(Random random) {
    List<String> parts =
        List.of(
            "the",
            " restaurant",
            "\n\n",
            "\u00e4\u00f6",
            "e\u0301",
            "\u6771\u4eac",
            "\u0645\u0631",
            "\ud83d\udc69\u200d\ud83d\udcbb",
            "\ud83d\udc4d\ud83c\udffd",
            "\t",
            "  ",
            "'s",
            "\ufffd");
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      int any = random.nextInt(Character.MAX_CODE_POINT);
      boolean character = Character.isDefined(any) && Character.getType(any) != Character.SURROGATE;
      if (random.nextInt(4) == 0 && character) {
        text.appendCodePoint(any);
      } else {
        text.append(parts.get(random.nextInt(parts.size())));
      }
    }
    return text.toString();
  }
}
