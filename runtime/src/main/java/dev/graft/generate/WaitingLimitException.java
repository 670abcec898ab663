package dev.graft.generate;

/**
 * A request that came when as many sequences were under way as the engine takes. Nothing is wrong
 * with the request: it can be submitted again. A server answers it with 429.
 */
public final class WaitingLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int limit;
  private final int waiting;

  WaitingLimitException(int underWay, GenerationOptions options) {
    super(
        "%d sequences are under way; the engine runs %d at a time and lets %d wait; submit it again when one has ended, or open the engine with a higher limit"
            .formatted(underWay, options.maxRows(), options.maxWaiting()));
    this.limit = options.maxWaiting();
    this.waiting = underWay - options.maxRows();
  }

  /** How many sequences may wait. */
  public int limit() {
    return limit;
  }

  /** How many waited when the request came. */
  public int waiting() {
    return waiting;
  }
}
