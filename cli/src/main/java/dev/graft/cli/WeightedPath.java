package dev.graft.cli;

import dev.graft.store.model.AdapterReference;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code DIR} or {@code DIR:WEIGHT}, where {@code DIR} may be a version in the registry. What
 * exists as it stands is a path, whatever colons it has; otherwise a number after the last colon is
 * the weight, also of {@code acme/support:0.7}.
 *
 * @param source an adapter or a run
 * @param weight its share; 1 where none is given
 */
record WeightedPath(AdapterSource source, double weight) {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  /** Parses one argument. */
  static WeightedPath parse(String value) {
    int colon = value.lastIndexOf(':');
    AdapterSource whole = new AdapterSource(value);
    Optional<AdapterReference> reference = whole.reference();
    boolean isDigest =
        reference.isPresent() && reference.get().target() instanceof AdapterReference.ContentDigest;
    if (colon < 0 || whole.isOnDisk() || isDigest) {
      return new WeightedPath(whole, 1);
    }
    String path = value.substring(0, colon);
    String weight = value.substring(colon + 1);
    if (reference.isPresent() && !NUMBER.matcher(weight).matches()) {
      return new WeightedPath(whole, 1);
    }
    if (path.isEmpty() || !NUMBER.matcher(weight).matches()) {
      throw CommandFailure.usage(
          "cannot tell adapter and weight of '%s'".formatted(value),
          path.isEmpty()
              ? "there is no folder before ':%s'".formatted(weight)
              : "there is no such path, and '%s' after the colon is no weight".formatted(weight),
          "write DIR:WEIGHT, such as runs/tone:0.7; DIR alone has weight 1");
    }
    return new WeightedPath(new AdapterSource(path), Double.parseDouble(weight));
  }
}
