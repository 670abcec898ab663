package dev.graft.module;

import java.util.List;
import java.util.Optional;

/**
 * What a decoder is, apart from its weights.
 *
 * @param family the model family, such as {@code llama}
 * @param layers layers with keys and values of their own
 * @param kvHeads heads of keys and values; fewer than query heads with grouped-query attention
 * @param headDim features of a head
 * @param vocabSize rows of the embedding table
 * @param maxPositions the most tokens of a context, prompt and answer together
 * @param eosTokenIds tokens that end an answer
 * @param bosTokenId the token that starts a text, where the model has one
 * @param padTokenId the token that fills rows up, where the model has one
 */
public record DecoderInfo(
    String family,
    int layers,
    int kvHeads,
    int headDim,
    long vocabSize,
    int maxPositions,
    List<Long> eosTokenIds,
    Optional<Long> bosTokenId,
    Optional<Long> padTokenId) {

  public DecoderInfo {
    eosTokenIds = List.copyOf(eosTokenIds);
    if (layers < 1 || kvHeads < 1 || headDim < 1 || vocabSize < 1 || maxPositions < 1) {
      throw new IllegalArgumentException(
          "a decoder needs at least one layer, head, feature, token and position, found %d, %d, %d, %d and %d"
              .formatted(layers, kvHeads, headDim, vocabSize, maxPositions));
    }
  }
}
