package dev.graft.data;

import dev.graft.text.Encoded;
import dev.graft.text.TextTokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * Texts as token ids: each tokenized once, all in one flat array of 4 bytes a token. Immutable;
 * threads may share it.
 */
public final class TokenizedSet {
  /** The label index of a row without a label; training ignores such rows. */
  public static final int NO_LABEL = -100;

  private final int[] ids;
  private final int[] typeIds;
  private final int[] offsets;
  private final int[] labels;
  private final int padId;
  private final int maxLength;
  private final int truncated;

  private TokenizedSet(
      int[] ids,
      int[] typeIds,
      int[] offsets,
      int[] labels,
      int padId,
      int maxLength,
      int truncated) {
    this.ids = ids;
    this.typeIds = typeIds;
    this.offsets = offsets;
    this.labels = labels;
    this.padId = padId;
    this.maxLength = maxLength;
    this.truncated = truncated;
  }

  /**
   * Tokenize labelled data.
   *
   * @param maxLength most tokens a row, special tokens included; what is beyond is cut
   * @throws DataException if a row's label is not among the labels
   */
  public static TokenizedSet of(
      Dataset data, LabelMap labels, TextTokenizer tokenizer, int maxLength) throws DataException {
    int[] indices = new int[data.size()];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = labels.require(data.examples().get(i), data.file());
    }
    return tokenize(
        data.examples().stream().map(Example::text).toList(), indices, tokenizer, maxLength);
  }

  /** Tokenize texts without labels. */
  public static TokenizedSet of(List<String> texts, TextTokenizer tokenizer, int maxLength) {
    int[] none = new int[texts.size()];
    Arrays.fill(none, NO_LABEL);
    return tokenize(texts, none, tokenizer, maxLength);
  }

  private static TokenizedSet tokenize(
      List<String> texts, int[] labels, TextTokenizer tokenizer, int maxLength) {
    int[] offsets = new int[texts.size() + 1];
    int[] ids = new int[Math.max(16, texts.size() * 16)];
    int[] typeIds = new int[ids.length];
    int truncated = 0;
    for (int row = 0; row < texts.size(); row++) {
      Encoded encoded = tokenizer.encode(texts.get(row), maxLength);
      int start = offsets[row];
      int end = Math.addExact(start, encoded.length());
      if (end > ids.length) {
        int capacity = Math.max(end, ids.length + (ids.length >> 1));
        ids = Arrays.copyOf(ids, capacity);
        typeIds = Arrays.copyOf(typeIds, capacity);
      }
      for (int i = 0; i < encoded.length(); i++) {
        ids[start + i] = encoded.id(i);
        typeIds[start + i] = encoded.typeId(i);
      }
      offsets[row + 1] = end;
      truncated += encoded.truncated() ? 1 : 0;
    }
    int total = offsets[texts.size()];
    return new TokenizedSet(
        Arrays.copyOf(ids, total),
        Arrays.stream(typeIds, 0, total).anyMatch(type -> type != 0)
            ? Arrays.copyOf(typeIds, total)
            : new int[0],
        offsets,
        labels,
        tokenizer.padId(),
        maxLength,
        truncated);
  }

  /** Number of rows. */
  public int size() {
    return labels.length;
  }

  /** Number of tokens of a row, special tokens included. */
  public int length(int row) {
    return offsets[row + 1] - offsets[row];
  }

  /** The label index of a row, or {@link #NO_LABEL}. */
  public int label(int row) {
    return labels[row];
  }

  /** Number of tokens of all rows. */
  public long tokens() {
    return ids.length;
  }

  /** Most tokens a row may have. */
  public int maxLength() {
    return maxLength;
  }

  /** Number of rows that were cut to {@link #maxLength()}. */
  public int truncatedRows() {
    return truncated;
  }

  int padId() {
    return padId;
  }

  int token(int row, int position) {
    return ids[offsets[row] + position];
  }

  int typeId(int row, int position) {
    return typeIds.length == 0 ? 0 : typeIds[offsets[row] + position];
  }
}
