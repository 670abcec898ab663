package dev.graft.export;

import dev.graft.adapter.NearestNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Which head a bundle for text classification gets. */
public enum HeadStyle {
  /** Graft's own: pooling and one linear layer, on any encoder. */
  POOLED,
  /** The one of the checkpoint's family, as {@code …ForSequenceClassification} has it. */
  FAMILY;

  /** The name used on the command line. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Parses {@link #text()}.
   *
   * @throws IllegalArgumentException naming the nearest style
   */
  public static HeadStyle parse(String text) {
    List<String> known = Arrays.stream(values()).map(HeadStyle::text).toList();
    return Arrays.stream(values())
        .filter(h -> h.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown head '%s'; known are %s %s"
                        .formatted(text, known, NearestNames.suggestion(text, known))
                        .strip()));
  }
}
