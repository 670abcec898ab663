package dev.graft.store;

import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Names;
import java.util.OptionalDouble;

/**
 * What a new version was made from, as its publisher names it.
 *
 * @param parent the parent; an alias means what it points to when the child is published
 * @param relation how the child came of it: {@code retrained}, {@code merged}
 * @param weight the parent's share in a merge
 */
public record ParentLink(AdapterReference parent, String relation, OptionalDouble weight) {
  /** Check the relation. */
  public ParentLink {
    Names.check("relation", relation);
  }

  /** A version that was trained further, or anew with the same record. */
  public static ParentLink retrained(AdapterReference parent) {
    return new ParentLink(parent, "retrained", OptionalDouble.empty());
  }

  /** One of the versions that were merged. */
  public static ParentLink merged(AdapterReference parent, double weight) {
    return new ParentLink(parent, "merged", OptionalDouble.of(weight));
  }
}
