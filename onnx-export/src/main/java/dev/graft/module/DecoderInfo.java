package dev.graft.module;

import java.util.List;
import java.util.Optional;

/**
 * What is known about a decoder besides its graph.
 *
 * @param family the {@code model_type} of its checkpoint, such as {@code llama}
 * @param layers transformer layers, and so pairs of past keys and values
 * @param kvHeads heads of keys and values
 * @param headDim features of one head
 * @param vocabSize rows of the logits
 * @param maxPositions the longest sequence it has positions for
 * @param eosTokenIds the tokens that end a text
 * @param bosTokenId the token that begins a text
 * @param padTokenId the token that fills short rows
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
  }
}
