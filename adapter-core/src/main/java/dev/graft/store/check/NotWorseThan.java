package dev.graft.store.check;

import dev.graft.store.model.Names;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The condition that a version is at least as good as what an alias points to.
 *
 * <p>More is better, but of a metric with loss, perplexity or error in its name less is.
 *
 * @param alias the alias
 * @param metric what is compared; by default {@code evalAccuracy}, or else {@code evalLoss}
 */
public record NotWorseThan(String alias, Optional<String> metric) {
  private static final List<String> DEFAULTS = List.of("evalAccuracy", "evalLoss");

  /** Check the alias. */
  public NotWorseThan {
    Names.check("alias", alias);
  }

  /**
   * Read {@code ALIAS} or {@code ALIAS:METRIC}.
   *
   * @throws IllegalArgumentException if the alias is no name or the metric is empty
   */
  public static NotWorseThan parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return new NotWorseThan(text, Optional.empty());
    }
    String metric = text.substring(colon + 1);
    if (metric.isBlank()) {
      throw new IllegalArgumentException(
          "%s names no metric after the colon; expected ALIAS or ALIAS:METRIC"
              .formatted(Names.quote(text)));
    }
    return new NotWorseThan(text.substring(0, colon), Optional.of(metric));
  }

  /**
   * Why a version does not pass; empty where it does.
   *
   * @param metrics of the version
   * @param live of what the alias points to
   */
  public Optional<String> failure(Map<String, Double> metrics, Map<String, Double> live) {
    Optional<String> chosen =
        metric.or(
            () ->
                DEFAULTS.stream()
                    .filter(name -> metrics.containsKey(name) && live.containsKey(name))
                    .findFirst());
    if (chosen.isEmpty()) {
      return Optional.of(
          "it cannot be compared with \"%s\": they have neither of %s in common; the version has %s, the other %s. Name the metric to compare"
              .formatted(alias, DEFAULTS, metrics.keySet(), live.keySet()));
    }
    String name = chosen.get();
    Double value = metrics.get(name);
    Double bound = live.get(name);
    if (value == null || bound == null) {
      return Optional.of(
          "it cannot be compared with \"%s\" by %s: the version has %s, the other %s"
              .formatted(alias, name, metrics.keySet(), live.keySet()));
    }
    boolean worse = Metrics.lowerIsBetter(name) ? value > bound : value < bound;
    return worse
        ? Optional.of("%s is %s, worse than %s of \"%s\"".formatted(name, value, bound, alias))
        : Optional.empty();
  }
}
