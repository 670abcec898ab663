package dev.graft.infer;

import dev.graft.ort.SessionSettings;

/**
 * How an engine runs.
 *
 * @param maxBatchRows the most rows of one run; larger requests are split
 * @param maxGraphs the most specialised graphs held open at a time; one is needed per set of
 *     modules that the adapters of a batch change together
 */
public record EngineOptions(SessionSettings session, int maxBatchRows, int maxGraphs) {
  public EngineOptions {
    if (maxBatchRows < 1 || maxGraphs < 1) {
      throw new IllegalArgumentException(
          "max batch rows and max graphs must be at least 1, found %d and %d"
              .formatted(maxBatchRows, maxGraphs));
    }
  }

  public static EngineOptions defaults() {
    return new EngineOptions(SessionSettings.defaults(), 32, 4);
  }

  public EngineOptions withThreads(int threads) {
    return new EngineOptions(session.withIntraOpThreads(threads), maxBatchRows, maxGraphs);
  }

  public EngineOptions withMaxBatchRows(int rows) {
    return new EngineOptions(session, rows, maxGraphs);
  }
}
