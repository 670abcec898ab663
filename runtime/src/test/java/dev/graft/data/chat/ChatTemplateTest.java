package dev.graft.data.chat;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.chat.TemplateException;
import dev.graft.testmodels.TinyByteTokenizer;
import dev.graft.text.SpecialToken;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
  private static final List<ChatMessage> MESSAGES =
      List.of(
          ChatMessage.of("user", "q1"),
          ChatMessage.of("assistant", "a1"),
          ChatMessage.of("user", "q2"),
          ChatMessage.of("assistant", "a2"));

  /** Renders a message differently when it is the last. */
  private static final String LAST_IS_OTHER =
      "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{{ '!' if loop.last }}BODY{% else %}{{ m.content }}{% endif %}|{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

  @TempDir Path folder;

  @Test
  void findsTheTemplateOfAFolder() throws IOException {
    assertEquals(Optional.empty(), find("{}"));
    assertEquals("[q1]", rendered(find("{\"chat_template\": \"[{{ messages[0].content }}]\"}")));
    assertEquals(
        "d",
        rendered(
            find(
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"t\"}, {\"name\": \"default\", \"template\": \"d\"}]}")));
    assertTrue(
        refusal(
                IOException.class,
                () -> find("{\"chat_template\": [{\"name\": \"x\", \"template\": \"t\"}]}"))
            .contains("expected one named \"default\""));
    assertTrue(
        refusal(IOException.class, () -> find("{\"chat_template\": [3]}")).contains("neither"));
    Files.writeString(folder.resolve("chat_template.jinja"), "own {{ eos_token }}");
    assertEquals(
        "own <|im_end|>",
        rendered(find("{\"chat_template\": \"other\", \"eos_token\": \"<|im_end|>\"}")));
  }

  @Test
  void toolsChooseTheirOwnTemplate() throws IOException {
    ChatTemplate template =
        find("{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"{{ tools | length }}\"}, {\"name\": \"default\", \"template\": \"d\"}]}")
            .orElseThrow();
    assertEquals("2", template.render(MESSAGES, Map.of("tools", List.of("a", "b")), false));
    assertEquals(Optional.empty(), template.ignored(MESSAGES, Map.of("tools", List.of("a"))));
    assertEquals(
        Optional.of("documents"), template.ignored(MESSAGES, Map.of("documents", List.of("a"))));
  }

  @Test
  void theAssistantsTextIsWhatLiesBetweenBeginnings() {
    assertEquals(
        List.of("a1<|im_end|>\n", "a2<|im_end|>\n"),
        learned(TinyByteTokenizer.CHAT_TEMPLATE, MESSAGES));
    List<ChatMessage> unweighted =
        List.of(
            MESSAGES.get(0),
            new ChatMessage(Map.of("role", "assistant", "content", "a1"), false),
            MESSAGES.get(2),
            MESSAGES.get(3));
    assertEquals(List.of("a2<|im_end|>\n"), learned(TinyByteTokenizer.CHAT_TEMPLATE, unweighted));
  }

  @Test
  void aTextThatChangesWithWhatFollowsIsRefused() {
    String message =
        refusal(
            TemplateException.class,
            () -> learned(LAST_IS_OTHER.replace("BODY", "{{ m.content }}"), MESSAGES));
    assertTrue(
        message.startsWith(
            "the chat template renders messages[1] differently when more of the conversation follows"),
        message);
    assertEquals(
        List.of("!a1|"),
        learned(LAST_IS_OTHER.replace("BODY", "{{ m.content }}"), MESSAGES.subList(0, 2)),
        "alone it can be told");
  }

  @Test
  void aTemplateThatMarksItsAnswersIsBelievedThen() {
    String marking =
        LAST_IS_OTHER.replace("BODY", "{% generation %}{{ m.content }}{% endgeneration %}");
    assertEquals(List.of("a1", "a2"), learned(marking, MESSAGES));
    List<ChatMessage> unweighted =
        List.of(
            MESSAGES.get(0),
            new ChatMessage(Map.of("role", "assistant", "content", "a1"), false),
            MESSAGES.get(2),
            MESSAGES.get(3),
            MESSAGES.get(2),
            ChatMessage.of("assistant", "a3"));
    assertEquals(List.of("a2", "a3"), learned(marking, unweighted));
  }

  @Test
  void aTemplateThatNeedsAWholeConversationMayRefuseItsBeginning() {
    String needsUser =
        "{% if not messages %}{{ raise_exception('empty') }}{% endif %}{% for m in messages %}[{{ m.content }}]{% endfor %}";
    String message =
        refusal(
            TemplateException.class,
            () -> learned(needsUser, List.of(ChatMessage.of("assistant", "a"))));
    assertTrue(message.contains("messages[0]"), message);
  }

  @Test
  void reasoningHasItsUsualNames() {
    List<ChatMessage> messages =
        List.of(
            new ChatMessage(Map.of("role", "assistant", "content", "x", "reasoning", "why"), true));
    ChatTemplate template =
        ChatTemplate.of("{{ messages[0].reasoning_content }}", List.<SpecialToken>of());
    assertEquals("why", template.render(messages, Map.of(), false));
    assertEquals(Optional.empty(), template.ignored(messages, Map.of()));
    assertEquals(
        Optional.of("reasoning"),
        ChatTemplate.of("x", List.<SpecialToken>of()).ignored(messages, Map.of()));
  }

  private static List<String> learned(String source, List<ChatMessage> messages) {
    MarkedText marked = ChatTemplate.of(source, List.<SpecialToken>of()).mark(messages, Map.of());
    return marked.learned().stream()
        .map(span -> marked.text().substring(span.start(), span.end()))
        .toList();
  }

  private Optional<ChatTemplate> find(String config) throws IOException {
    Path file = TinyByteTokenizer.writeTo(folder);
    Files.writeString(folder.resolve("tokenizer_config.json"), config);
    try (TextTokenizer tokenizer = TextTokenizer.open(file)) {
      return ChatTemplate.find(folder, tokenizer);
    }
  }

  private static String rendered(Optional<ChatTemplate> template) {
    return template.orElseThrow().render(MESSAGES, Map.of(), false);
  }
}
