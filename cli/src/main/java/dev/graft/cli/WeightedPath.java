package dev.graft.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * {@code DIR} or {@code DIR:WEIGHT}. What exists as it stands is a path, whatever colons it has;
 * otherwise the last colon is before the weight.
 *
 * @param path an adapter or a run
 * @param weight its share; 1 where none is given
 */
record WeightedPath(Path path, double weight) {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  /** Parses one argument. */
  static WeightedPath parse(String value) {
    int colon = value.lastIndexOf(':');
    if (colon < 0 || Files.exists(Path.of(value))) {
      return new WeightedPath(Path.of(value), 1);
    }
    String path = value.substring(0, colon);
    String weight = value.substring(colon + 1);
    if (path.isEmpty() || !NUMBER.matcher(weight).matches()) {
      throw CommandFailure.usage(
          "cannot tell adapter and weight of '%s'".formatted(value),
          path.isEmpty()
              ? "there is no folder before ':%s'".formatted(weight)
              : "there is no such path, and '%s' after the colon is no weight".formatted(weight),
          "write DIR:WEIGHT, such as runs/tone:0.7; DIR alone has weight 1");
    }
    return new WeightedPath(Path.of(path), Double.parseDouble(weight));
  }
}
