package dev.graft.onnx.check;

import java.util.List;

/** A graph breaks rules; the message lists the first of them. */
public final class InvalidGraphException extends IllegalArgumentException {
  /** Problems that a message lists. */
  static final int LISTED = 20;

  private final transient List<String> problems;

  InvalidGraphException(String graph, List<String> problems) {
    super(message(graph, problems));
    this.problems = List.copyOf(problems);
  }

  /** All problems, in graph order. */
  public List<String> problems() {
    return problems;
  }

  private static String message(String graph, List<String> problems) {
    StringBuilder out = new StringBuilder();
    out.append(
        "graph '%s' has %d problem%s:"
            .formatted(graph, problems.size(), problems.size() == 1 ? "" : "s"));
    problems.stream().limit(LISTED).forEach(p -> out.append("\n  ").append(p));
    if (problems.size() > LISTED) {
      out.append("\n  and %d more".formatted(problems.size() - LISTED));
    }
    return out.toString();
  }
}
