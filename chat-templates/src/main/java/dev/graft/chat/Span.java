package dev.graft.chat;

/** Characters of a text (UTF-16 indexes), from {@code start} to before {@code end}. */
public record Span(int start, int end) {
  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span from %d to %d".formatted(start, end));
    }
  }
}
