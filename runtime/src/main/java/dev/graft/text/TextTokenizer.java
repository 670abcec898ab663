package dev.graft.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Turn texts into token ids as a Hugging Face {@code tokenizer.json} says, special tokens added.
 *
 * <p>The file's own truncation and padding settings are not used: each call says its maximum
 * length, and padding is the batch's business. Threads may share a tokenizer; {@link #close()} lets
 * calls in flight finish. Neither opening nor encoding uses the network, and nothing is kept on
 * disk: the native library is unpacked from the jar to the temporary folder ({@code
 * java.io.tmpdir}) for as long as it takes to load it.
 */
public final class TextTokenizer implements AutoCloseable {
  private final Path file;
  private final TokenizerFile info;
  private final TokenizersLibrary library;
  private final long handle;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private TextTokenizer(Path file, TokenizerFile info, TokenizersLibrary library, long handle) {
    this.file = file;
    this.info = info;
    this.library = library;
    this.handle = handle;
  }

  /**
   * Read a tokenizer; the caller closes it.
   *
   * @param tokenizerJson a {@code tokenizer.json}; {@code tokenizer_config.json} beside it is read
   *     too if it is there
   * @throws TokenizerException if it is not a tokenizer, or the native library cannot be loaded
   */
  public static TextTokenizer open(Path tokenizerJson) throws IOException {
    TokenizerFile info = TokenizerFile.read(tokenizerJson);
    TokenizersLibrary library = TokenizerLibrary.get();
    long handle;
    try {
      handle = library.createTokenizerFromString(info.json());
    } catch (RuntimeException e) {
      throw new TokenizerException(
          "\"%s\" is JSON but not a usable tokenizer: %s".formatted(tokenizerJson, e.getMessage()),
          e);
    }
    return new TextTokenizer(tokenizerJson, info, library, handle);
  }

  /**
   * Encode one text, keeping its special tokens when it is cut.
   *
   * @param maxLength most tokens in the result, special tokens included
   * @throws IllegalArgumentException if not even one token besides the special ones would fit
   */
  public Encoded encode(String text, int maxLength) {
    String clean = withoutLoneSurrogates(text);
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("tokenizer \"%s\" is closed".formatted(file));
      }
      long encoding = library.encode(handle, clean, true);
      try {
        return cut(
            library.getTokenIds(encoding),
            library.getTypeIds(encoding),
            library.getSpecialTokenMask(encoding),
            maxLength);
      } finally {
        library.deleteEncoding(encoding);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Encode texts in order, each for itself. */
  public List<Encoded> encodeAll(List<String> texts, int maxLength) {
    return texts.stream().map(text -> encode(text, maxLength)).toList();
  }

  /** One more than the largest token id: the least rows an embedding table must have. */
  public int vocabularySize() {
    return info.vocabularySize();
  }

  /**
   * The id that fills batches up; where the mask is 0 its value does not matter to a correct model.
   */
  public int padId() {
    return info.padId();
  }

  /** Lower-case hexadecimal SHA-256 of the tokenizer file. */
  public String digest() {
    return info.digest();
  }

  /** The most tokens the model was made for, if {@code tokenizer_config.json} says so. */
  public OptionalInt modelMaxLength() {
    return info.modelMaxLength();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        library.deleteTokenizer(handle);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public String toString() {
    return "TextTokenizer[%s]".formatted(file);
  }

  /** Drop tokens from the end of the text, before the special tokens that follow it. */
  private Encoded cut(long[] ids, long[] typeIds, long[] special, int maxLength) {
    int before = 0;
    while (before < ids.length && special[before] == 1) {
      before++;
    }
    int after = 0;
    while (after < ids.length - before && special[ids.length - 1 - after] == 1) {
      after++;
    }
    if (maxLength <= before + after) {
      throw new IllegalArgumentException(
          "maximum length is %d tokens, expected more than the %d special tokens that tokenizer \"%s\" adds"
              .formatted(maxLength, before + after, file));
    }
    return new Encoded(
        shorten(ids, maxLength, after), shorten(typeIds, maxLength, after), ids.length);
  }

  private static int[] shorten(long[] values, int maxLength, int after) {
    int length = Math.min(values.length, maxLength);
    int[] kept = new int[length];
    for (int i = 0; i < length; i++) {
      int from = i < length - after ? i : values.length - (length - i);
      kept[i] = Math.toIntExact(values[from]);
    }
    return kept;
  }

  /**
   * Half of a surrogate pair is no character and cannot cross into native code; U+FFFD stands for
   * it.
   */
  private static String withoutLoneSurrogates(String text) {
    boolean broken =
        text.codePoints()
            .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    if (!broken) {
      return text;
    }
    int[] points =
        text.codePoints()
            .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
            .toArray();
    return new String(points, 0, points.length);
  }
}
