package dev.graft.train;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Remembers the best evaluation and how many have passed since; for one thread. */
final class EarlyStopping {
  private final BestBy bestBy;
  private final int patience;
  private @Nullable EvalMetrics best;
  private int since;

  /**
   * Start without an evaluation.
   *
   * @param patience how many evaluations in a row may fail to be the best; 0 for any number
   */
  EarlyStopping(BestBy bestBy, int patience) {
    this.bestBy = bestBy;
    this.patience = patience;
  }

  /** Go on from a checkpoint. */
  void restore(Optional<EvalMetrics> best, int since) {
    this.best = best.orElse(null);
    this.since = since;
  }

  /** Take note of an evaluation and say whether it is the best so far. */
  boolean isBest(EvalMetrics metrics) {
    if (best == null || bestBy.better(metrics, best)) {
      best = metrics;
      since = 0;
      return true;
    }
    since++;
    return false;
  }

  Optional<EvalMetrics> best() {
    return Optional.ofNullable(best);
  }

  /** Evaluations since the best one. */
  int since() {
    return since;
  }

  boolean exhausted() {
    return patience > 0 && since >= patience;
  }
}
