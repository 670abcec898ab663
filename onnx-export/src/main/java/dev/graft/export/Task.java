package dev.graft.export;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.graft.adapter.NearestNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a bundle's graphs compute. */
public enum Task {
  /** One of several labels per text, by a linear head that is trained with the adapter. */
  TEXT_CLASSIFICATION,
  /** A vector per text; for inference only. */
  FEATURE_EXTRACTION,
  /** Text that follows a text, token by token. */
  TEXT_GENERATION;

  /** The name used in files and on the command line. */
  @JsonValue
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Parses {@link #text()}.
   *
   * @throws IllegalArgumentException naming the nearest task
   */
  @JsonCreator
  public static Task parse(String text) {
    List<String> known = Arrays.stream(values()).map(Task::text).toList();
    return Arrays.stream(values())
        .filter(t -> t.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown task '%s'; known are %s %s"
                        .formatted(text, known, NearestNames.suggestion(text, known))
                        .strip()));
  }
}
