package dev.graft.store;

import dev.graft.store.model.Names;
import dev.graft.store.model.Quota;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How an archive is imported.
 *
 * @param tenant the name it gets here; empty for the one it had
 * @param encrypt whether to encrypt it with a key of its own
 * @param quota gives its limits here from those it had; empty to keep those
 */
public record ImportOptions(
    Optional<String> tenant, boolean encrypt, Optional<UnaryOperator<Quota>> quota) {
  /** Under its own name, with its own limits, and not encrypted. */
  public static final ImportOptions DEFAULTS =
      new ImportOptions(Optional.empty(), false, Optional.empty());

  /** These, under another name. */
  public ImportOptions as(String name) {
    return new ImportOptions(Optional.of(Names.check("tenant", name)), encrypt, quota);
  }

  /** These, encrypted. */
  public ImportOptions encrypted() {
    return new ImportOptions(tenant, true, quota);
  }

  /** These, with other limits. */
  public ImportOptions quota(UnaryOperator<Quota> change) {
    return new ImportOptions(tenant, encrypt, Optional.of(change));
  }
}
