package dev.graft.store;

import dev.graft.store.model.Alias;
import java.util.List;
import java.util.Optional;

/**
 * What a move of an alias came to.
 *
 * @param before the alias before; empty where there was none
 * @param after the alias after; empty where it was removed
 * @param skipped versions a rollback passed over, since they are blocked, deleted or not signed
 * @param warnings what was noticed and let pass, for people
 */
public record AliasChange(
    Optional<Alias> before, Optional<Alias> after, List<Integer> skipped, List<String> warnings) {
  /** Copy the lists. */
  public AliasChange {
    skipped = List.copyOf(skipped);
    warnings = List.copyOf(warnings);
  }

  AliasChange(Optional<Alias> before, Optional<Alias> after, List<Integer> skipped) {
    this(before, after, skipped, List.of());
  }

  /** Whether the alias was moved at all. */
  public boolean isMove() {
    return !before.equals(after);
  }
}
