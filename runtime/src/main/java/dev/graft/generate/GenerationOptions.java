package dev.graft.generate;

import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;

/**
 * How a generation engine runs.
 *
 * @param basePrecision in what numbers products with frozen weights are computed
 * @param maxRows the most sequences that run at a time; further ones wait
 * @param maxWaiting the most sequences that may be under way beyond {@code maxRows}; further ones
 *     are refused with a {@link WaitingLimitException}
 * @param maxCells the most tokens that the cache has room for, over all sequences under way: their
 *     number times the tokens of the longest, prefix, prompt and answer together. A cell takes 8
 *     bytes per layer, head and feature of the keys; up to twice as much is allocated, so that
 *     there is room to grow, and up to three times as much without in-place attention
 * @param prefillTokens the most prompt tokens of one run, padding included; longer prompts are read
 *     in parts, between which the sequences under way go on
 * @param inPlaceAttention whether attention writes new keys and values into the cache by ONNX
 *     Runtime's fused operator, where the graph and the device allow it; else every run makes a
 *     longer copy
 */
public record GenerationOptions(
    SessionSettings session,
    BasePrecision basePrecision,
    int maxRows,
    int maxWaiting,
    int maxCells,
    int prefillTokens,
    boolean inPlaceAttention) {
  public GenerationOptions {
    if (maxWaiting < 0) {
      throw new IllegalArgumentException(
          "max waiting must be at least 0, found %d".formatted(maxWaiting));
    }
    if (maxRows < 1 || maxCells < 1 || prefillTokens < 1) {
      throw new IllegalArgumentException(
          "max rows, max cells and prefill tokens must be at least 1, found %d, %d and %d"
              .formatted(maxRows, maxCells, prefillTokens));
    }
  }

  public static GenerationOptions defaults() {
    return new GenerationOptions(
        SessionSettings.defaults(), BasePrecision.FP32, 16, 1024, 16 * 1024, 512, true);
  }

  public GenerationOptions withSession(SessionSettings settings) {
    return new GenerationOptions(
        settings, basePrecision, maxRows, maxWaiting, maxCells, prefillTokens, inPlaceAttention);
  }

  public GenerationOptions withThreads(int threads) {
    return withSession(session.withIntraOpThreads(threads));
  }

  public GenerationOptions withBasePrecision(BasePrecision precision) {
    return new GenerationOptions(
        session, precision, maxRows, maxWaiting, maxCells, prefillTokens, inPlaceAttention);
  }

  public GenerationOptions withMaxRows(int rows) {
    return new GenerationOptions(
        session, basePrecision, rows, maxWaiting, maxCells, prefillTokens, inPlaceAttention);
  }

  public GenerationOptions withMaxWaiting(int sequences) {
    return new GenerationOptions(
        session, basePrecision, maxRows, sequences, maxCells, prefillTokens, inPlaceAttention);
  }

  public GenerationOptions withMaxCells(int cells) {
    return new GenerationOptions(
        session, basePrecision, maxRows, maxWaiting, cells, prefillTokens, inPlaceAttention);
  }

  public GenerationOptions withPrefillTokens(int tokens) {
    return new GenerationOptions(
        session, basePrecision, maxRows, maxWaiting, maxCells, tokens, inPlaceAttention);
  }

  public GenerationOptions withInPlaceAttention(boolean value) {
    return new GenerationOptions(
        session, basePrecision, maxRows, maxWaiting, maxCells, prefillTokens, value);
  }
}
