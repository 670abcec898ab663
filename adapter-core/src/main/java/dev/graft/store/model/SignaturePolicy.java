package dev.graft.store.model;

import java.util.Arrays;
import java.util.Locale;

/** What is done about versions that no trusted key has signed, when they are loaded. */
public enum SignaturePolicy {
  /** Nothing; signatures are not looked at. */
  OFF,
  /** They are loaded with a warning. */
  WARN,
  /** They are refused. */
  REQUIRE;

  /** The word for people and files: {@code require}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Read {@link #text}.
   *
   * @throws IllegalArgumentException if there is no such policy
   */
  public static SignaturePolicy parse(String text) {
    return Arrays.stream(values())
        .filter(policy -> policy.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "signature policy %s is unknown, expected off, warn or require"
                        .formatted(Names.quote(text))));
  }
}
