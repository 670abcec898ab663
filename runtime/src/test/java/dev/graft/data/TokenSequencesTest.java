package dev.graft.data;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.ExampleEncoder.Loss;
import dev.graft.data.chat.ChatTemplate;
import dev.graft.testmodels.TinyByteTokenizer;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenSequencesTest {
  private static final int END = 2;

  @TempDir Path folder;

  @Test
  void aCompletionAndTheEndTokenAreLearned() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      TokenSequence row =
          read(tokenizer, "{\"prompt\": \"the\\n\", \"completion\": \"and you\"}", 64);
      assertEquals("the\nand you<|im_end|>", tokenizer.decode(row.ids(), false));
      assertEquals("and you<|im_end|>", learned(tokenizer, row));
      assertEquals(1, row.line());
    }
  }

  @Test
  void aTextIsLearnedButForItsFirstToken() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      TokenSequence row = read(tokenizer, "{\"text\": \"the and\"}", 64);
      assertFalse(row.learned(0));
      assertEquals(" and<|im_end|>", learned(tokenizer, row));
    }
  }

  @Test
  void whatTheTokenizerPutsBeforeATextIsThereOnceAndNotLearned() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeWithStartTo(folder))) {
      TokenSequence row = read(tokenizer, "{\"prompt\": \"the\", \"completion\": \" you\"}", 64);
      assertEquals("<|endoftext|>the you<|im_end|>", tokenizer.decode(row.ids(), false));
      assertEquals(" you<|im_end|>", learned(tokenizer, row));
      assertArrayEquals(new int[] {0, row.id(1)}, encoder(tokenizer, Loss.ANSWERS).prompt("the"));
      TokenSequence chat = read(tokenizer, chat("user", "the", "assistant", "and"), 64);
      assertEquals(1, chat.id(0), "the template writes what the conversation begins with");
    }
  }

  @Test
  void onlyTheAssistantIsLearnedInAConversation() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      String row =
          chat(
              "system",
              "the",
              "user",
              "is \u00e9",
              "assistant",
              "in \ud83d\ude00",
              "user",
              "a",
              "assistant",
              "of");
      TokenSequence sequence = read(tokenizer, row, 256);
      assertEquals("in \ud83d\ude00<|im_end|>of<|im_end|>", learned(tokenizer, sequence));
      String unweighted = row.replace("\"in \ud83d\ude00\"", "\"in \ud83d\ude00\", \"weight\": 0");
      assertEquals("of<|im_end|>", learned(tokenizer, read(tokenizer, unweighted, 256)));
      TokenSequences all = sequences(tokenizer, row, SequenceLimit.cutAt(256), Loss.ALL);
      assertEquals(all.report().tokens() - 1, all.report().learnedTokens());
    }
  }

  @Test
  void aTokenWithTheEndOfThePromptAndTheBeginningOfTheAnswerIsLearnedAndReported()
      throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      TokenSequences set =
          sequences(
              tokenizer,
              "{\"prompt\": \"the \", \"completion\": \"restaurant\"}",
              SequenceLimit.cutAt(64),
              Loss.ANSWERS);
      assertEquals(" restaurant<|im_end|>", learned(tokenizer, set.sequence(0)));
      assertEquals(1, set.report().shared().rows());
      assertEquals("1 (1 tokens; lines 1)", set.report().shared().toString());
    }
  }

  @Test
  void whatIsTooLongIsCutReportedOrRefused() throws IOException {
    String rows =
        """
        {"prompt": "abc", "completion": "defg"}
        {"prompt": "abcdefgh", "completion": "x"}
        {"prompt": "a", "completion": "b"}
        """;
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      TokenSequences set = sequences(tokenizer, rows, SequenceLimit.cutAt(5), Loss.ANSWERS);
      SequenceReport report = set.report();
      assertEquals(2, set.size());
      assertEquals("1 (3 tokens; lines 1)", report.truncated().toString());
      assertEquals("1 (10 tokens; lines 2)", report.dropped().toString());
      assertEquals(5 + 3, report.tokens());
      assertEquals(2 + 2, report.learnedTokens());
      assertEquals(3, set.sequence(1).line());
      String message =
          refusal(
              DataException.class,
              () -> sequences(tokenizer, rows, new SequenceLimit(5, true), Loss.ANSWERS));
      assertTrue(message.contains(":1: example has 8 tokens, expected at most 5"), message);
      message =
          refusal(
              DataException.class,
              () ->
                  sequences(
                      tokenizer,
                      rows.lines().skip(1).findFirst().orElseThrow(),
                      SequenceLimit.cutAt(5),
                      Loss.ANSWERS));
      assertTrue(message.contains("none of the 1 examples has a token to learn"), message);
    }
  }

  @Test
  void whatCannotBeLearnedIsRefusedWithItsLine() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      assertRefused(
          tokenizer, chat("user", "a"), ":1: conversation has no message of role \"assistant\"");
      assertRefused(tokenizer, "{\"prompt\": \"a\"}", ":1: row has a prompt but no completion");
      assertRefused(
          tokenizer,
          chat("user", "a", "assistant", "b").replace("}]}", "}], \"tools\": [{\"name\": \"x\"}]}"),
          ":1: row has \"tools\", which the model's chat template does not read");
      assertRefused(
          tokenizer,
          "{\"messages\": [{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{}]}]}",
          "row has \"tool_calls\"");
      ExampleEncoder without = new ExampleEncoder(tokenizer, END, Optional.empty(), Loss.ANSWERS);
      Path file = Files.writeString(folder.resolve("a.jsonl"), chat("assistant", "b"));
      String message =
          refusal(
              DataException.class,
              () ->
                  TokenSequences.read(
                      file, GenerationColumns.defaults(), without, SequenceLimit.cutAt(9)));
      assertTrue(message.contains("the model has no chat template"), message);
    }
  }

  @Test
  void promptsLeaveTheAnswerOut() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(TinyByteTokenizer.writeTo(folder))) {
      ExampleEncoder encoder = encoder(tokenizer, Loss.ANSWERS);
      Path file =
          Files.writeString(
              folder.resolve("p.jsonl"),
              chat("user", "the", "assistant", "and")
                  + "\n{\"prompt\": \"is\", \"completion\": \"x\"}");
      try (GenerationReader reader = GenerationReader.open(file, GenerationColumns.defaults())) {
        int[] chat = encoder.prompt(reader.next().orElseThrow(), file);
        assertEquals(
            "<|im_start|>user\nthe<|im_end|>\n<|im_start|>assistant\n",
            tokenizer.decode(chat, false));
        int[] prompt = encoder.prompt(reader.next().orElseThrow(), file);
        assertEquals("is", tokenizer.decode(prompt, false));
      }
    }
  }

  @Test
  void readsRealDataWithARealTokenizer() throws IOException {
    Path shared = Path.of(System.getProperty("graft.shared", ""));
    Path data = shared.resolve("data/e2e_nlg/devset.csv");
    Path model = shared.resolve("models/smollm2-135m-instruct/tokenizer.json");
    Assumptions.assumeTrue(
        Files.isRegularFile(data) && Files.isRegularFile(model),
        "no E2E or SmolLM2 beside the project");
    try (TextTokenizer tokenizer = TextTokenizer.open(model)) {
      ExampleEncoder encoder = encoder(tokenizer, Loss.ANSWERS);
      GenerationColumns columns =
          new GenerationColumns(
              "mr", "ref", "text", "adapter", Optional.of(PromptTemplate.parse("{mr}\\n")));
      TokenSequences set = TokenSequences.read(data, columns, encoder, SequenceLimit.cutAt(256));
      assertEquals(4672, set.size());
      assertEquals(0, set.report().truncated().rows() + set.report().dropped().rows());
      assertEquals(0, set.report().shared().rows());
      assertEquals(
          "There is a place in the city centre, Alimentum, that is not family-friendly.<|im_end|>",
          learned(tokenizer, set.sequence(0)));
    }
  }

  private void assertRefused(TextTokenizer tokenizer, String row, String expected) {
    String message =
        refusal(
            DataException.class,
            () -> sequences(tokenizer, row, SequenceLimit.cutAt(64), Loss.ANSWERS));
    assertTrue(message.contains(expected), message);
  }

  private static ExampleEncoder encoder(TextTokenizer tokenizer, Loss loss) {
    ChatTemplate template =
        ChatTemplate.of(TinyByteTokenizer.CHAT_TEMPLATE, tokenizer.specialTokens().values());
    return new ExampleEncoder(tokenizer, END, Optional.of(template), loss);
  }

  private TokenSequence read(TextTokenizer tokenizer, String row, int maxLength)
      throws IOException {
    return sequences(tokenizer, row, SequenceLimit.cutAt(maxLength), Loss.ANSWERS).sequence(0);
  }

  private TokenSequences sequences(
      TextTokenizer tokenizer, String rows, SequenceLimit limit, Loss loss) throws IOException {
    Path file = Files.writeString(folder.resolve("rows.jsonl"), rows);
    return TokenSequences.read(file, GenerationColumns.defaults(), encoder(tokenizer, loss), limit);
  }

  private static String learned(TextTokenizer tokenizer, TokenSequence row) {
    int[] ids =
        java.util.stream.IntStream.range(0, row.length())
            .filter(row::learned)
            .map(row::id)
            .toArray();
    return tokenizer.decode(ids, false);
  }

  /** A row of a conversation: role and content in turn. */
  private static String chat(String... parts) {
    List<String> messages = new java.util.ArrayList<>();
    for (int i = 0; i < parts.length; i += 2) {
      messages.add("{\"role\": \"%s\", \"content\": \"%s\"}".formatted(parts[i], parts[i + 1]));
    }
    return "{\"messages\": [%s]}".formatted(String.join(", ", messages));
  }
}
