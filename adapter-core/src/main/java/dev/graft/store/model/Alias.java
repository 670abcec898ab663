package dev.graft.store.model;

/**
 * A name that points to a version and can be moved.
 *
 * @param adapter of which adapter
 * @param name the alias
 * @param version number of the version it points to
 * @param revision grows with every move, so that an alias that was moved away and back is told from
 *     one that was not moved
 */
public record Alias(AdapterName adapter, String name, int version, int revision) {
  @Override
  public String toString() {
    return "%s:%s -> %d (revision %d)".formatted(adapter, name, version, revision);
  }
}
