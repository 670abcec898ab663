package dev.graft.infer;

import dev.graft.ort.SessionSettings;
import dev.graft.session.BasePrecision;

/**
 * How an engine runs.
 *
 * @param basePrecision in what numbers products with frozen weights are computed
 * @param maxBatchRows the most rows of one run; larger requests are split
 * @param tokensPerRun the most tokens of one run, padding included, unless one row has more. Runs
 *     that fit the processor's caches are faster than larger ones, and use less memory
 * @param maxGraphs the most specialised graphs held open at a time; one is needed per set of
 *     modules that the adapters of a batch change together
 */
public record EngineOptions(
    SessionSettings session,
    BasePrecision basePrecision,
    int maxBatchRows,
    int tokensPerRun,
    int maxGraphs) {
  public EngineOptions {
    if (maxBatchRows < 1 || tokensPerRun < 1 || maxGraphs < 1) {
      throw new IllegalArgumentException(
          "max batch rows, tokens per run and max graphs must be at least 1, found %d, %d and %d"
              .formatted(maxBatchRows, tokensPerRun, maxGraphs));
    }
  }

  public static EngineOptions defaults() {
    return new EngineOptions(SessionSettings.defaults(), BasePrecision.FP32, 32, 1024, 4);
  }

  public EngineOptions withSession(SessionSettings settings) {
    return new EngineOptions(settings, basePrecision, maxBatchRows, tokensPerRun, maxGraphs);
  }

  public EngineOptions withThreads(int threads) {
    return withSession(session.withIntraOpThreads(threads));
  }

  public EngineOptions withBasePrecision(BasePrecision precision) {
    return new EngineOptions(session, precision, maxBatchRows, tokensPerRun, maxGraphs);
  }

  public EngineOptions withMaxBatchRows(int rows) {
    return new EngineOptions(session, basePrecision, rows, tokensPerRun, maxGraphs);
  }

  public EngineOptions withTokensPerRun(int tokens) {
    return new EngineOptions(session, basePrecision, maxBatchRows, tokens, maxGraphs);
  }

  /** How many rows of a length run together. */
  int rowsOfLength(int tokens) {
    return Math.min(maxBatchRows, Math.max(1, tokensPerRun / Math.max(1, tokens)));
  }
}
