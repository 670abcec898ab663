package dev.graft.data;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.GenerationExample.Chat;
import dev.graft.data.GenerationExample.Completion;
import dev.graft.data.GenerationExample.Prompt;
import dev.graft.data.GenerationExample.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationReaderTest {
  private static final GenerationColumns DEFAULTS = GenerationColumns.defaults();

  @TempDir Path folder;

  @Test
  void readsTheFourKindsOfRowsFromJsonLines() throws IOException {
    List<GenerationExample> examples =
        read(
            "a.jsonl",
            """
            {"prompt": "a ", "completion": " b"}

            {"prompt": "a", "adapter": "bank"}
            {"text": "t"}
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x", "weight": 0}]}
            """,
            DEFAULTS);
    assertEquals(new Completion("a ", " b", 1, Optional.empty()), examples.get(0));
    assertEquals(new Prompt("a", 3, Optional.of("bank")), examples.get(1));
    assertEquals(new Text("t", 4, Optional.empty()), examples.get(2));
    Chat chat = assertInstanceOf(Chat.class, examples.get(3));
    assertEquals(5, chat.line());
    assertTrue(chat.messages().get(0).learned());
    assertFalse(chat.messages().get(1).learned());
    assertEquals(Map.of("role", "assistant", "content", "x"), chat.messages().get(1).fields());
  }

  @Test
  void joinsContentsThatComeInPartsOfText() throws IOException {
    Chat chat =
        (Chat)
            read(
                    "a.jsonl",
                    "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"text\", \"text\": \"b\"}]}], \"tools\": [{\"x\": [1.5, null, 2]}]}",
                    DEFAULTS)
                .get(0);
    assertEquals("ab", chat.messages().get(0).fields().get("content"));
    assertTrue(chat.extras().containsKey("tools"));
  }

  @Test
  void makesPromptsOfColumnsByATemplate() throws IOException {
    GenerationColumns columns =
        new GenerationColumns(
            "prompt",
            "ref",
            "text",
            "adapter",
            Optional.of(PromptTemplate.parse("{{ {mr} }}\\n{n}\\t")));
    List<GenerationExample> examples = read("a.csv", "mr,ref,n\n\"a{n}\",\"b, c\",1\n", columns);
    assertEquals(new Completion("{ a{n} }\n1\t", "b, c", 2, Optional.empty()), examples.get(0));
    examples = read("a.jsonl", "{\"mr\": \"x\", \"n\": 3, \"ref\": \"y\"}", columns);
    assertEquals(new Completion("{ x }\n3\t", "y", 1, Optional.empty()), examples.get(0));
  }

  @Test
  void readsColumnsOfOtherNames() throws IOException {
    GenerationColumns columns =
        new GenerationColumns("text", "answer", "body", "adapter", Optional.empty());
    assertEquals(
        new Completion("q", "a", 2, Optional.empty()),
        read("a.tsv", "text\tanswer\nq\ta\n", columns).get(0));
    assertEquals(new Text("q", 2, Optional.empty()), read("b.csv", "body\nq\n", columns).get(0));
  }

  @Test
  void saysWhatIsWrongWithARowAndWhere() throws IOException {
    assertRefused(
        "{\"promt\": \"a\"}",
        "row has none of \"messages\", \"prompt\" and \"text\", it has \"promt\"; did you mean \"promt\"?");
    assertRefused("{\"prompt\": \"a\", \"completion\": \"\"}", "row has an empty \"completion\"");
    assertRefused(
        "{\"prompt\": [1], \"completion\": \"x\"}",
        "\"prompt\" is a JSON array, expected a string");
    assertRefused("{\"messages\": []}", "\"messages\" is empty");
    assertRefused("{\"messages\": \"x\"}", "\"messages\" is a JSON string, expected an array");
    assertRefused("{\"messages\": [3]}", "messages[0] is a JSON number");
    assertRefused("{\"messages\": [{\"content\": \"x\"}]}", "messages[0] has no \"role\"");
    assertRefused("{\"messages\": [{\"role\": \"user\"}]}", "messages[0] has no \"content\"");
    assertRefused(
        "{\"messages\": [{\"role\": \"user\", \"content\": null}]}",
        "messages[0] has a \"content\" that is a JSON null");
    assertRefused(
        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}",
        "part of type \"image_url\"");
    assertRefused(
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\", \"weight\": 1}]}",
        "which only an assistant's message may have");
    assertRefused(
        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\", \"weight\": 0.5}]}",
        "has the \"weight\" 0.5, expected 0 or 1");
  }

  @Test
  void saysWhatIsWrongWithAHeader() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "mr,ref\na,b\n");
    String message =
        refusal(DataException.class, () -> GenerationReader.open(file, DEFAULTS).close());
    assertTrue(
        message.contains(
            "a.csv:1: header has neither \"prompt\" nor \"text\", it has \"mr\", \"ref\""),
        message);
    GenerationColumns columns =
        new GenerationColumns(
            "prompt", "ref", "text", "adapter", Optional.of(PromptTemplate.parse("{mrr}")));
    message = refusal(DataException.class, () -> GenerationReader.open(file, columns).close());
    assertTrue(message.contains("template \"{mrr}\" names column \"mrr\""), message);
  }

  @Test
  void aBrokenTemplateIsRefused() {
    assertTrue(
        refusal(IllegalArgumentException.class, () -> PromptTemplate.parse("{a"))
            .contains("at character 1"));
    assertTrue(
        refusal(IllegalArgumentException.class, () -> PromptTemplate.parse("a}"))
            .contains("closes nothing"));
    assertTrue(
        refusal(IllegalArgumentException.class, () -> PromptTemplate.parse("a"))
            .contains("names no column"));
  }

  private void assertRefused(String row, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.jsonl"), "{\"text\": \"fine\"}\n" + row);
    try (GenerationReader reader = GenerationReader.open(file, DEFAULTS)) {
      reader.next();
      String message = refusal(DataException.class, reader::next);
      assertTrue(message.contains("bad.jsonl:2: ") && message.contains(expected), message);
    }
  }

  private List<GenerationExample> read(String name, String content, GenerationColumns columns)
      throws IOException {
    Path file = Files.writeString(folder.resolve(name), content);
    List<GenerationExample> examples = new ArrayList<>();
    try (GenerationReader reader = GenerationReader.open(file, columns)) {
      for (Optional<GenerationExample> next = reader.next();
          next.isPresent();
          next = reader.next()) {
        examples.add(next.get());
      }
    }
    return examples;
  }
}
