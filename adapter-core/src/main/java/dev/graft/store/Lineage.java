package dev.graft.store;

import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import java.util.List;

/**
 * The family of a version: all it was made from, and all that was made from it, as far as that
 * goes.
 *
 * @param root the version it was asked for
 * @param members all versions of the family, the root among them, in the order of publication: a
 *     parent before its children
 * @param links who was made from whom
 */
public record Lineage(Version root, List<Version> members, List<Link> links) {
  /** Copy the lists. */
  public Lineage {
    members = List.copyOf(members);
    links = List.copyOf(links);
  }

  /**
   * One step.
   *
   * @param child what came of it
   * @param parent from what, and how
   */
  public record Link(Version child, Parent parent) {}
}
