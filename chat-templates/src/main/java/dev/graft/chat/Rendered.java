package dev.graft.chat;

import java.util.List;

/**
 * What a template made.
 *
 * @param generated the text inside of its {@code generation} blocks, in order
 */
public record Rendered(String text, List<Span> generated) {
  public Rendered {
    generated = List.copyOf(generated);
  }
}
