package dev.graft.store;

import dev.graft.store.model.Version;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What publishing came to.
 *
 * @param version the version
 * @param isNew false where the adapter had a version of exactly these bytes, which is it
 * @param alias the move of the alias, where one was asked for
 * @param signedBy the key that has signed the version now, where one was given
 * @param probesChecked how many probes answered as recorded; empty where the request had no check
 * @param warnings what was noticed and let pass, for people
 */
public record PublishResult(
    Version version,
    boolean isNew,
    Optional<AliasChange> alias,
    Optional<String> signedBy,
    OptionalInt probesChecked,
    List<String> warnings) {
  /** Copy the warnings. */
  public PublishResult {
    warnings = List.copyOf(warnings);
  }
}
