package dev.graft.store.model;

import java.util.Optional;

/** An alias that does not point where its mover expected: somebody else moved it before. */
public final class AliasConflictException extends StoreException {
  private final transient Optional<Alias> found;

  /** Say what was expected, with the alias as it is; empty where there is none. */
  public AliasConflictException(String message, Optional<Alias> found) {
    super(message, null);
    this.found = found;
  }

  /** The alias as it was found; empty where there is none. */
  public Optional<Alias> found() {
    return found;
  }
}
