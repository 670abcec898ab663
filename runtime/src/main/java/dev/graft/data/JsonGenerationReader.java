package dev.graft.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.data.GenerationExample.Chat;
import dev.graft.data.GenerationExample.Completion;
import dev.graft.data.GenerationExample.Prompt;
import dev.graft.data.GenerationExample.Text;
import dev.graft.data.chat.ChatMessage;
import dev.graft.text.NearestNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One JSON object a line: a conversation, a prompt, a prompt and its completion, or a text. */
final class JsonGenerationReader implements GenerationReader {
  private static final String MESSAGES = "messages";

  /** Members that chat templates know under the same names. */
  private static final List<String> EXTRAS = List.of("tools", "functions", "documents");

  private final JsonRows rows;
  private final GenerationColumns columns;

  JsonGenerationReader(Path file, GenerationColumns columns) throws IOException {
    this.rows = new JsonRows(file);
    this.columns = columns;
  }

  @Override
  public Optional<GenerationExample> next() throws IOException {
    Optional<ObjectNode> next = rows.next();
    return next.isEmpty() ? Optional.empty() : Optional.of(example(next.get()));
  }

  private GenerationExample example(ObjectNode row) throws DataException {
    Optional<String> adapter = rows.scalar(row, columns.adapter());
    if (columns.template().isEmpty() && row.hasNonNull(MESSAGES)) {
      return chat(row, adapter);
    }
    if (columns.template().isPresent() || row.has(columns.prompt())) {
      return prompted(row, adapter);
    }
    if (row.has(columns.text())) {
      return new Text(text(row, columns.text()), rows.line(), adapter);
    }
    List<String> names = JsonRows.names(row);
    throw rows.problem(
        "row has none of \"messages\", \"%s\" and \"%s\", it has %s%s"
            .formatted(
                columns.prompt(),
                columns.text(),
                NearestNames.list(names),
                NearestNames.hint(columns.prompt(), names)));
  }

  private GenerationExample prompted(ObjectNode row, Optional<String> adapter)
      throws DataException {
    String prompt =
        columns.template().isPresent()
            ? filled(row, columns.template().get())
            : rows.text(row, columns.prompt());
    if (row.has(columns.completion())) {
      return new Completion(prompt, text(row, columns.completion()), rows.line(), adapter);
    }
    if (prompt.isEmpty()) {
      throw empty(columns.prompt());
    }
    return new Prompt(prompt, rows.line(), adapter);
  }

  private String filled(ObjectNode row, PromptTemplate template) throws DataException {
    Map<String, String> values = new LinkedHashMap<>();
    for (String column : template.columns()) {
      JsonNode value = row.get(column);
      if (value == null) {
        throw rows.problem(template.missing(column, JsonRows.names(row)));
      }
      if (!value.isValueNode()) {
        throw rows.problem(
            "\"%s\" is a JSON %s, expected a string, number or boolean"
                .formatted(column, JsonRows.kind(value)));
      }
      values.put(column, value.isNull() ? "" : value.asText());
    }
    return template.fill(column -> values.getOrDefault(column, ""));
  }

  private String text(ObjectNode row, String name) throws DataException {
    String text = rows.text(row, name);
    if (text.isEmpty()) {
      throw empty(name);
    }
    return text;
  }

  private DataException empty(String name) {
    return rows.problem("row has an empty \"%s\"; give it a text or remove it".formatted(name));
  }

  private Chat chat(ObjectNode row, Optional<String> adapter) throws DataException {
    JsonNode list = row.get(MESSAGES);
    if (!list.isArray()) {
      throw rows.problem(
          "\"messages\" is a JSON %s, expected an array of messages"
              .formatted(JsonRows.kind(list)));
    }
    if (list.isEmpty()) {
      throw rows.problem("\"messages\" is empty, expected at least one message");
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : list) {
      messages.add(message(message, "messages[%d]".formatted(messages.size())));
    }
    Map<String, Object> extras = new LinkedHashMap<>();
    for (String name : EXTRAS) {
      if (row.hasNonNull(name)) {
        extras.put(name, JsonValues.of(row.get(name)));
      }
    }
    return new Chat(messages, extras, rows.line(), adapter);
  }

  private ChatMessage message(JsonNode node, String where) throws DataException {
    if (!(node instanceof ObjectNode message)) {
      throw rows.problem(
          "%s is a JSON %s, expected an object with \"role\" and \"content\""
              .formatted(where, JsonRows.kind(node)));
    }
    JsonNode role = message.path("role");
    if (!role.isTextual() || role.asText().isBlank()) {
      throw rows.problem(
          "%s has no \"role\", expected \"system\", \"user\", \"assistant\" or another that the chat template knows"
              .formatted(where));
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : message.properties()) {
      if (entry.getKey().equals("content")) {
        fields.put("content", content(message, where));
      } else if (!entry.getKey().equals("weight")) {
        fields.put(entry.getKey(), JsonValues.of(entry.getValue()));
      }
    }
    if (!message.has("content") && !message.has("tool_calls")) {
      throw rows.problem("%s has no \"content\"".formatted(where));
    }
    return new ChatMessage(fields, learned(message, where));
  }

  /** A content in parts is joined if all of them are text. */
  private Object content(ObjectNode message, String where) throws DataException {
    JsonNode content = message.get("content");
    if (content.isTextual()) {
      return content.asText();
    }
    if (content.isNull() && (message.has("tool_calls") || message.has("function_call"))) {
      return JsonValues.of(content);
    }
    if (!content.isArray()) {
      throw rows.problem(
          "%s has a \"content\" that is a JSON %s, expected a string"
              .formatted(where, JsonRows.kind(content)));
    }
    StringBuilder joined = new StringBuilder();
    for (JsonNode part : content) {
      if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
        throw rows.problem(
            "%s has a part of type \"%s\", only \"text\" can be learned"
                .formatted(where, part.path("type").asText("none")));
      }
      joined.append(part.path("text").asText());
    }
    return joined.toString();
  }

  private boolean learned(ObjectNode message, String where) throws DataException {
    JsonNode weight = message.get("weight");
    if (weight == null || weight.isNull()) {
      return true;
    }
    if (!message.path("role").asText().equals("assistant")) {
      throw rows.problem(
          "%s has a \"weight\", which only an assistant's message may have".formatted(where));
    }
    double value = weight.isNumber() ? weight.asDouble() : Double.NaN;
    if (value != 0 && value != 1) {
      throw rows.problem("%s has the \"weight\" %s, expected 0 or 1".formatted(where, weight));
    }
    return value == 1;
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
