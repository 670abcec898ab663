package dev.graft.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Transformers rendered, as {@code bench/interop/templates --record} wrote it down. */
class RecordedTemplatesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "headers",
        "marks-with-tools",
        "thinking",
        "instructions",
        "turns",
        "generation",
        "macros",
        "values"
      })
  void rendersAsTransformersDoes(String name) throws IOException {
    check(
        name,
        resource("templates/" + name + ".jinja"),
        Map.of("bos_token", "<s>", "eos_token", "</s>"));
  }

  @Test
  void rendersTheTemplateOfARealModel() throws IOException {
    Path config =
        Path.of(System.getProperty("graft.shared", ""))
            .resolve("models/smollm2-135m-instruct/tokenizer_config.json");
    Assumptions.assumeTrue(Files.isRegularFile(config), "no SmolLM2 beside the project");
    check(
        "smollm2-135m-instruct",
        JSON.readTree(config.toFile()).path("chat_template").asText(),
        Map.of("bos_token", "<|im_start|>", "eos_token", "<|im_end|>"));
  }

  private static void check(String name, String source, Map<String, Object> tokens)
      throws IOException {
    JsonNode expected = JSON.readTree(resource("expected.json")).path(name);
    JinjaTemplate template = JinjaTemplate.parse(source, Clock.systemUTC());
    int compared = 0;
    for (JsonNode conversation : JSON.readTree(resource("conversations.json"))) {
      JsonNode results = expected.path(conversation.path("name").asText());
      for (boolean prompt : new boolean[] {true, false}) {
        JsonNode wanted = results.path(prompt ? "prompt" : "whole");
        String what = "%s, %s".formatted(name, conversation.path("name").asText());
        Map<String, Object> variables = variables(conversation, tokens, prompt);
        if (wanted.path("refused").asBoolean()) {
          assertThrows(TemplateException.class, () -> template.render(variables), what);
        } else {
          Rendered rendered = template.render(variables);
          assertEquals(wanted.path("text").asText("not recorded"), rendered.text(), what);
          List<String> generated =
              rendered.generated().stream()
                  .map(span -> rendered.text().substring(span.start(), span.end()))
                  .toList();
          List<String> wantedTexts = new ArrayList<>();
          wanted.path("generated").forEach(text -> wantedTexts.add(text.asText()));
          assertEquals(wantedTexts, generated, what);
          compared++;
        }
      }
    }
    assertTrue(compared > 0, "every conversation was refused");
  }

  private static Map<String, Object> variables(
      JsonNode conversation, Map<String, Object> tokens, boolean prompt) {
    Map<String, Object> variables = new LinkedHashMap<>(tokens);
    variables.put(
        "tools", conversation.has("tools") ? value(conversation.path("tools")) : None.NONE);
    variables.put("documents", None.NONE);
    List<Object> messages = new ArrayList<>();
    for (JsonNode message : conversation.path("messages")) {
      Map<String, Object> fields = new LinkedHashMap<>();
      JsonNode reasoning = message.path("reasoning_content");
      if (reasoning.isTextual()) {
        fields.put("thinking", reasoning.asText());
      }
      message.properties().forEach(entry -> fields.put(entry.getKey(), value(entry.getValue())));
      messages.add(fields);
    }
    variables.put("messages", messages);
    variables.put("add_generation_prompt", prompt);
    return variables;
  }

  private static Object value(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> members = new LinkedHashMap<>();
      node.properties().forEach(entry -> members.put(entry.getKey(), value(entry.getValue())));
      return members;
    }
    if (node.isArray()) {
      List<Object> elements = new ArrayList<>();
      node.forEach(element -> elements.add(value(element)));
      return elements;
    }
    if (node.isNumber()) {
      return node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
    }
    return node.isNull()
        ? None.NONE
        : node.isBoolean() ? (Object) node.booleanValue() : node.asText();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = RecordedTemplatesTest.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no test resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
