package dev.graft.store;

import dev.graft.store.model.AdapterReference;
import java.util.List;

/**
 * What came of erasing a customer.
 *
 * @param certificate what was erased, for the customer
 * @param json the certificate's bytes, as the registry keeps them
 * @param descendants versions of other customers that were made from its versions; for those who
 *     run the registry, to decide on. Empty where it was erased before
 * @param isNew whether it was erased now, not before
 */
public record Erasure(
    ErasureCertificate certificate,
    String json,
    List<AdapterReference> descendants,
    boolean isNew) {
  /** Copy the list. */
  public Erasure {
    descendants = List.copyOf(descendants);
  }
}
