package dev.graft.store.model;

import java.util.Arrays;
import java.util.Locale;

/** What may be done with a version. */
public enum VersionState {
  /** Served. */
  ACTIVE,
  /** Served, with a warning. */
  DEPRECATED,
  /** Refused at once, whatever points to it; may become active again. */
  BLOCKED,
  /** Gone for good. Its row stays, its blobs go with the next collection. */
  DELETED;

  /** Whether a version in this state is handed out. */
  public boolean isServed() {
    return this == ACTIVE || this == DEPRECATED;
  }

  /** The word for people and files: {@code active}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Read {@link #text}.
   *
   * @throws IllegalArgumentException if there is no such state
   */
  public static VersionState parse(String text) {
    return Arrays.stream(values())
        .filter(state -> state.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "state %s is unknown, expected one of %s"
                        .formatted(
                            Names.quote(text),
                            Arrays.stream(values()).map(VersionState::text).toList())));
  }
}
