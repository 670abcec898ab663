package dev.graft.inject;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.graft.onnx.GraphBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What follows a linear layer of a head. */
public enum HeadActivation {
  NONE(""),
  TANH("Tanh"),
  RELU("Relu");

  private final String operator;

  HeadActivation(String operator) {
    this.operator = operator;
  }

  /** The name used in files. */
  @JsonValue
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Parses {@link #text()}.
   *
   * @throws IllegalArgumentException if there is no such activation
   */
  @JsonCreator
  public static HeadActivation parse(String text) {
    List<String> known = Arrays.stream(values()).map(HeadActivation::text).toList();
    return Arrays.stream(values())
        .filter(a -> a.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown activation '%s'; known are %s".formatted(text, known)));
  }

  /** Adds it and returns the value that holds its result. */
  String apply(GraphBuilder b, String x) {
    return operator.isEmpty() ? x : b.op(operator, x);
  }
}
