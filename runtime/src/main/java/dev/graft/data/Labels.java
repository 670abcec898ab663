package dev.graft.data;

import dev.graft.chat.Span;
import dev.graft.text.TextTokenizer;
import dev.graft.text.TokenizedText;

/** Which tokens of a text are to be learned, found by the characters they cover. */
final class Labels {
  private final TokenizedText tokens;
  private final boolean[] learned;
  private int shared;

  /** Begin with none; the length may be more than the text's for tokens that follow it. */
  Labels(TokenizedText tokens, int length) {
    this.tokens = tokens;
    this.learned = new boolean[length];
  }

  /** Mark every token that has a character of the span. */
  void mark(Span span) {
    for (int i = 0; i < tokens.length(); i++) {
      if (covers(i, span)) {
        learned[i] = true;
        shared += tokens.start(i) < span.start() && tokens.start(i) < tokens.end(i) ? 1 : 0;
      }
    }
  }

  void mark(int index) {
    learned[index] = true;
  }

  /**
   * Where a span closes with a special token and white space, the white space is the template's: a
   * model that has written the special token is not asked for more.
   */
  void unmarkBlanksAfterSpecial(Span span, String text, TextTokenizer tokenizer) {
    int last = tokens.length() - 1;
    while (last >= 0 && !covers(last, span)) {
      last--;
    }
    int end = last;
    while (end >= 0
        && covers(end, span)
        && !tokenizer.isSpecial(tokens.id(end))
        && text.substring(tokens.start(end), tokens.end(end)).isBlank()) {
      end--;
    }
    if (end >= 0 && covers(end, span) && tokenizer.isSpecial(tokens.id(end))) {
      for (int i = end + 1; i <= last; i++) {
        learned[i] = false;
      }
    }
  }

  /** A token whose white space the tokenizer left out covers nothing and lies at its end. */
  private boolean covers(int i, Span span) {
    if (tokens.added(i) || tokens.end(i) <= span.start()) {
      return false;
    }
    return tokens.start(i) < span.end()
        || (tokens.start(i) == tokens.end(i) && tokens.end(i) == span.end());
  }

  boolean[] learned() {
    return learned;
  }

  /** Number of marked tokens that also have characters before their span. */
  int shared() {
    return shared;
  }
}
