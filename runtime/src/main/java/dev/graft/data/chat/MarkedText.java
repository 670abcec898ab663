package dev.graft.data.chat;

import dev.graft.chat.Span;
import java.util.List;

/**
 * A conversation as text.
 *
 * @param learned where the assistant's messages are that are to be learned, in order
 */
public record MarkedText(String text, List<Span> learned) {
  public MarkedText {
    learned = List.copyOf(learned);
  }
}
