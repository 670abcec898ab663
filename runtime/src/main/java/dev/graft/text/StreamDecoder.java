package dev.graft.text;

import java.util.Arrays;

/**
 * Turns tokens into text one by one, as they are generated. For one thread; made by {@link
 * TextTokenizer#streamDecoder}.
 *
 * <p>A character may be spread over several tokens, so a piece is held back until it is complete.
 * The pieces joined, {@link #finish} included, are the text of all tokens decoded at once.
 *
 * <p>Tokens are decoded together with those of the piece before them, because what a token means
 * depends on whether it is the first: tokenizers of the SentencePiece kind drop a leading space.
 */
public final class StreamDecoder {
  private static final String INCOMPLETE = "\ufffd";

  /** A character has at most 4 bytes; what is still incomplete after more tokens never will be. */
  private static final int MOST_HELD = 8;

  private final TextTokenizer tokenizer;
  private final boolean skipSpecial;
  private int[] ids = new int[64];
  private int size;

  /** Where the piece emitted last begins. */
  private int previous;

  /** Where the tokens begin that nothing was emitted for. */
  private int pending;

  /** How much of the text of the tokens from {@link #previous} on was emitted. */
  private int emitted;

  StreamDecoder(TextTokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  /** Take one token and return the text that became complete with it; often empty. */
  public String next(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
    }
    ids[size++] = id;
    String text = text(previous, size);
    if (text.endsWith(INCOMPLETE)) {
      return size - pending <= MOST_HELD ? "" : emit(text, text.length() - 1);
    }
    if (text.length() <= emitted) {
      return "";
    }
    String piece = emit(text, text.length());
    previous = pending;
    pending = size;
    emitted = text(previous, size).length();
    return piece;
  }

  /** Return what was held back, because no token follows. */
  public String finish() {
    String text = text(previous, size);
    String piece = emit(text, text.length());
    previous = size;
    pending = size;
    emitted = 0;
    return piece;
  }

  private String emit(String text, int end) {
    String piece = text.substring(Math.min(emitted, end), end);
    emitted = Math.max(emitted, end);
    return piece;
  }

  private String text(int from, int to) {
    return tokenizer.decode(Arrays.copyOfRange(ids, from, to), skipSpecial);
  }
}
