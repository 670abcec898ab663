package dev.graft.hub;

import java.time.Duration;

/**
 * How patient a pull is.
 *
 * @param tries attempts in a row that brought nothing before it gives up
 * @param firstWait pause after the first failure; doubled after each
 * @param longestWait longest pause of our own choice
 * @param longestAsked longest pause that a server may ask for
 * @param silence how long a connection may bring nothing
 */
record RetryPolicy(
    int tries, Duration firstWait, Duration longestWait, Duration longestAsked, Duration silence) {
  static final RetryPolicy DEFAULT =
      new RetryPolicy(
          6,
          Duration.ofMillis(500),
          Duration.ofSeconds(20),
          Duration.ofMinutes(5),
          Duration.ofSeconds(30));

  /** The pause after that many failures in a row. */
  Duration waitAfter(int failures) {
    Duration wait = firstWait.multipliedBy(1L << Math.min(failures - 1, 20));
    return wait.compareTo(longestWait) > 0 ? longestWait : wait;
  }
}
