package dev.graft.data.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One message of a conversation.
 *
 * @param fields all that a chat template may read of it, {@code role} and {@code content} among
 *     them, as {@link dev.graft.chat.JinjaTemplate} takes values
 * @param learned whether an assistant's message is to be learned, where a conversation is trained
 */
public record ChatMessage(Map<String, Object> fields, boolean learned) {
  public ChatMessage {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    if (!(fields.get("role") instanceof String role) || role.isBlank()) {
      throw new IllegalArgumentException("a message has no role, expected one such as \"user\"");
    }
  }

  /** A message of text. */
  public static ChatMessage of(String role, String content) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", role);
    fields.put("content", content);
    return new ChatMessage(fields, true);
  }

  public String role() {
    return String.valueOf(fields.get("role"));
  }

  /** Whether the model is to write such messages. */
  public boolean fromAssistant() {
    return role().equals("assistant");
  }
}
