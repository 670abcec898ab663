package dev.graft.train;

import java.util.Locale;

/** What makes one evaluation better than another. */
public enum BestBy {
  /** A smaller evaluation loss. */
  LOSS {
    @Override
    boolean better(EvalMetrics candidate, EvalMetrics best) {
      return candidate.evalLoss() < best.evalLoss();
    }
  },
  /** A higher accuracy; between equal ones, a smaller loss. */
  ACCURACY {
    @Override
    boolean better(EvalMetrics candidate, EvalMetrics best) {
      return candidate.evalAccuracy() > best.evalAccuracy()
          || (candidate.evalAccuracy() == best.evalAccuracy()
              && candidate.evalLoss() < best.evalLoss());
    }
  };

  abstract boolean better(EvalMetrics candidate, EvalMetrics best);

  /** The name used in files and on the command line. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
