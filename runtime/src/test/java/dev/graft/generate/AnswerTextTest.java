package dev.graft.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a tokenizer of one token per byte, every border is a token border. */
class AnswerTextTest {
  @TempDir Path folder;
  private TextTokenizer tokenizer;

  @BeforeEach
  void openTokenizer() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder);
    tokenizer = TextTokenizer.open(checkpoint.resolve("tokenizer.json"));
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  /** The pieces that are shown while a text comes byte by byte; the last one is the finish. */
  private List<String> pieces(AnswerText answer, String text) {
    List<String> pieces = new ArrayList<>();
    for (int token : tokenizer.tokenize(text, false).ids()) {
      pieces.add(answer.add(token));
      if (answer.isStopped()) {
        return pieces;
      }
    }
    pieces.add(answer.finish());
    return pieces;
  }

  private AnswerText answer(String... stops) {
    return new AnswerText(tokenizer.streamDecoder(true), List.of(stops));
  }

  @Test
  void piecesAreWholeCharactersAndJoinToTheText() {
    String text = "naïve 日本 🙂 e\u0301!";
    assertTrue(text.getBytes(StandardCharsets.UTF_8).length > text.length());
    AnswerText answer = answer();

    List<String> pieces = pieces(answer, text);

    assertEquals(text, String.join("", pieces));
    assertEquals(text, answer.shown());
    assertFalse(pieces.stream().anyMatch(p -> p.contains("\ufffd")), pieces.toString());
    assertTrue(pieces.contains("🙂"), pieces.toString());
  }

  @Test
  void aStopStringEndsTheTextBeforeItself() {
    AnswerText answer = answer("\n\n", "STOP");
    pieces(answer, "one\ntwo STOP three");
    assertTrue(answer.isStopped());
    assertEquals("one\ntwo ", answer.shown());
    assertEquals("", answer.finish());
  }

  @Test
  void whatMayBeAStopStringIsHeldBackUntilItIsClear() {
    AnswerText answer = answer("abcd");
    assertEquals(List.of("x", "", "", "", "abce", ""), pieces(answer, "xabce"));
    assertFalse(answer.isStopped());
  }

  @Test
  void aStopStringThatBeginsWithinAnotherAttemptIsFound() {
    AnswerText answer = answer("aab");
    pieces(answer, "xaaab");
    assertTrue(answer.isStopped());
    assertEquals("xa", answer.shown());
  }

  @Test
  void theFirstOfSeveralStopStringsCounts() {
    AnswerText answer = answer("c", "bc");
    pieces(answer, "abcd");
    assertEquals("a", answer.shown());
  }

  @Test
  void heldTextIsShownAtTheEnd() {
    AnswerText answer = answer("never");
    List<String> pieces = pieces(answer, "say nev");
    assertEquals("nev", pieces.get(pieces.size() - 1));
    assertEquals("say nev", answer.shown());
  }
}
