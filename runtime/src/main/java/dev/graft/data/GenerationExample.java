package dev.graft.data;

import dev.graft.data.chat.ChatMessage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One row of a file for a model that generates text. */
public sealed interface GenerationExample {
  /** The line the row begins at, from 1. */
  long line();

  /** The adapter that is to answer the row, if it names one. */
  Optional<String> adapter();

  /**
   * A conversation.
   *
   * @param extras what the chat template gets besides the messages, such as {@code tools}
   */
  record Chat(
      List<ChatMessage> messages, Map<String, Object> extras, long line, Optional<String> adapter)
      implements GenerationExample {
    public Chat {
      messages = List.copyOf(messages);
      extras = Map.copyOf(extras);
    }
  }

  /** A prompt and the text that is to follow it, joined as they stand. */
  record Completion(String prompt, String completion, long line, Optional<String> adapter)
      implements GenerationExample {}

  /** A prompt whose completion is not known: to be generated, nothing to learn from. */
  record Prompt(String prompt, long line, Optional<String> adapter) implements GenerationExample {}

  /** A text to be learned whole. */
  record Text(String text, long line, Optional<String> adapter) implements GenerationExample {}
}
