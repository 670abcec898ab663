package dev.graft.inject;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.graft.adapter.NearestNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How the hidden states of a text become one vector. */
public enum Pooling {
  /** The mean over the tokens that the attention mask counts. */
  MEAN,
  /** The hidden state of the first token. */
  CLS,
  /** The base model's own pooled output. */
  POOLER;

  /** The name used in files and on the command line. */
  @JsonValue
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Parses {@link #text()}.
   *
   * @throws IllegalArgumentException naming the nearest pooling
   */
  @JsonCreator
  public static Pooling parse(String text) {
    List<String> known = Arrays.stream(values()).map(Pooling::text).toList();
    return Arrays.stream(values())
        .filter(p -> p.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown pooling '%s'; known are %s %s"
                        .formatted(text, known, NearestNames.suggestion(text, known))
                        .strip()));
  }
}
