package dev.graft.store.index;

import dev.graft.store.model.VersionState;
import java.util.Optional;
import java.util.Set;

/**
 * Which versions are wanted; what is empty does not narrow.
 *
 * @param tenant of this tenant
 * @param text in the adapter's name, the author or the note, whatever the case
 * @param tag with this tag
 * @param baseDigest for this base
 * @param digest that compute what this digest identifies
 * @param type of this type of adapter
 * @param states in one of these states
 * @param limit at most so many, the newest
 */
public record VersionFilter(
    Optional<String> tenant,
    Optional<String> text,
    Optional<String> tag,
    Optional<String> baseDigest,
    Optional<String> digest,
    Optional<String> type,
    Set<VersionState> states,
    int limit) {
  /** Copy the states. */
  public VersionFilter {
    states = Set.copyOf(states);
  }
}
