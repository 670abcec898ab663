package dev.graft.family;

import dev.graft.checkpoint.CheckpointException;

/**
 * How attention is divided.
 *
 * @param heads heads of queries
 * @param kvHeads heads of keys and values; each serves {@code heads / kvHeads} heads of queries
 * @param headDim features of one head
 */
record HeadShape(int heads, int kvHeads, int headDim) {
  /** Far above any real one; tables are made by it before a tensor has confirmed it. */
  private static final int LARGEST_HEAD = 1 << 14;

  /** Reads the usual fields of a configuration. */
  static HeadShape read(ModelConfig config, int hidden, int usualKvHeads, int usualHeadDim)
      throws CheckpointException {
    int heads = config.size("num_attention_heads");
    int kvHeads = config.size("num_key_value_heads", usualKvHeads > 0 ? usualKvHeads : heads);
    if (heads % kvHeads != 0) {
      throw config.refuse(
          "num_key_value_heads", kvHeads, "a divisor of num_attention_heads, %d".formatted(heads));
    }
    int usual = usualHeadDim > 0 ? usualHeadDim : hidden / heads;
    boolean given = config.fields().value("head_dim").isPresent();
    if (!given && usualHeadDim == 0 && hidden % heads != 0) {
      throw config.refuse("hidden_size", hidden, "a multiple of the %d heads".formatted(heads));
    }
    int headDim = config.size("head_dim", usual);
    if (headDim > LARGEST_HEAD) {
      throw config.refuse("head_dim", headDim, "at most %d".formatted(LARGEST_HEAD));
    }
    return new HeadShape(heads, kvHeads, headDim);
  }

  /** As many heads of keys as of queries, and the hidden state divided among them. */
  static HeadShape even(ModelConfig config, String hiddenField, String headsField)
      throws CheckpointException {
    int hidden = config.size(hiddenField);
    int heads = config.size(headsField);
    if (hidden % heads != 0) {
      throw config.refuse(hiddenField, hidden, "a multiple of the %d heads".formatted(heads));
    }
    return new HeadShape(heads, heads, hidden / heads);
  }

  /** Heads of queries that share keys and values. */
  int groups() {
    return heads / kvHeads;
  }

  long queryWidth() {
    return (long) heads * headDim;
  }

  long keyWidth() {
    return (long) kvHeads * headDim;
  }

  /** What scores are multiplied by: {@code 1 / sqrt(D)}. */
  double scale() {
    return 1 / Math.sqrt(headDim);
  }
}
