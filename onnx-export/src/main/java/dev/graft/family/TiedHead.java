package dev.graft.family;

import dev.graft.checkpoint.CheckpointException;

/** The weight of a decoder's head: a matrix of its own, or the embedding's. */
final class TiedHead {
  private static final String HEAD = "lm_head.weight";

  private TiedHead() {}

  /**
   * The name of the weight {@code [vocabulary, H]}.
   *
   * @param embedding the name of the embedding's table
   */
  static String of(Blocks b, boolean tied, String embedding, ModelSizes sizes)
      throws CheckpointException {
    Weights weights = b.weights();
    if (!tied) {
      return weights.get(HEAD, sizes.vocabulary(), sizes.hidden());
    }
    if (weights.has(HEAD)) {
      weights.requireSame(HEAD, embedding, "tie_word_embeddings is true");
    }
    return embedding;
  }
}
