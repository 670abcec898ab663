package dev.graft.store.model;

import java.util.OptionalDouble;

/**
 * What a version was made from.
 *
 * @param adapter the parent's adapter
 * @param version the parent's number
 * @param relation how the child came of it, in the caller's word: {@code retrained}, {@code merged}
 * @param weight the parent's share in a merge
 */
public record Parent(AdapterName adapter, int version, String relation, OptionalDouble weight) {
  /** Check the relation. */
  public Parent {
    Names.check("relation", relation);
  }

  /** The reference that always means the parent. */
  public AdapterReference reference() {
    return adapter.version(version);
  }
}
