package dev.graft.text;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turn texts into token ids and back as a Hugging Face {@code tokenizer.json} says.
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
    return open(
        () -> {
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
        });
  }

  /**
   * Encode one text, whole, and say where each token comes from.
   *
   * @param addSpecial whether to add the special tokens that the tokenizer puts around a text;
   *     those written in the text are recognised either way
   */
  public TokenizedText tokenize(String text, boolean addSpecial) {
    String clean = withoutLoneSurrogates(text);
    return open(
        () -> {
          long encoding = library.encode(handle, clean, addSpecial);
          try {
            return located(
                clean,
                library.getTokenIds(encoding),
                library.getSpecialTokenMask(encoding),
                library.getTokenCharSpans(encoding));
          } finally {
            library.deleteEncoding(encoding);
          }
        });
  }

  /**
   * Turn tokens back into text.
   *
   * @param skipSpecial whether to leave out special tokens
   * @throws IllegalArgumentException if an id is negative; ids the tokenizer does not know have no
   *     text
   */
  public String decode(int[] ids, boolean skipSpecial) {
    for (int id : ids) {
      if (id < 0) {
        throw new IllegalArgumentException("token id is %d, expected 0 or more".formatted(id));
      }
    }
    if (ids.length == 0) {
      return "";
    }
    long[] wide = Arrays.stream(ids).asLongStream().toArray();
    return open(() -> library.decode(handle, wide, skipSpecial));
  }

  /** Start turning a stream of tokens into text; as {@link #decode} for each whole character. */
  public StreamDecoder streamDecoder(boolean skipSpecial) {
    return new StreamDecoder(this, skipSpecial);
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

  /**
   * The special tokens that {@code tokenizer_config.json} names, by role: {@code bos_token}, {@code
   * eos_token}, {@code pad_token} and so on.
   */
  public Map<String, SpecialToken> specialTokens() {
    return info.roles();
  }

  /** The special token of a role such as {@code eos_token}, if the configuration names it. */
  public Optional<SpecialToken> specialToken(String role) {
    return Optional.ofNullable(info.roles().get(role));
  }

  /** Whether a token is marked as special: not part of any text. */
  public boolean isSpecial(int id) {
    return info.specialIds().contains(id);
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

  private <T> T open(Supplier<T> call) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("tokenizer \"%s\" is closed".formatted(file));
      }
      return call.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** The library counts code points; Java's strings are indexed by UTF-16 units. */
  private static TokenizedText located(
      String text, long[] ids, long[] special, @Nullable CharSpan[] spans) {
    int[] units = unitsOfCodePoints(text);
    int[] kept = new int[ids.length];
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    boolean[] added = new boolean[ids.length];
    for (int i = 0; i < ids.length; i++) {
      kept[i] = Math.toIntExact(ids[i]);
      CharSpan span = spans[i];
      added[i] = special[i] == 1 || span == null;
      if (span != null && !added[i]) {
        starts[i] = units[span.getStart()];
        ends[i] = units[span.getEnd()];
      }
    }
    return new TokenizedText(kept, starts, ends, added);
  }

  private static int[] unitsOfCodePoints(String text) {
    int[] units = new int[text.codePointCount(0, text.length()) + 1];
    int unit = 0;
    for (int point = 0; point < units.length - 1; point++) {
      units[point] = unit;
      unit += Character.charCount(text.codePointAt(unit));
    }
    units[units.length - 1] = unit;
    return units;
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
