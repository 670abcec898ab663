package dev.graft.store;

import java.util.List;

/**
 * What came of giving a tenant a new key.
 *
 * @param keyId the key it has now
 * @param versions how many versions were put into blobs that it encrypts
 * @param destroyedKeys the old keys that were destroyed, or would be
 * @param dryRun whether all this was only looked at
 */
public record KeyChange(String keyId, int versions, List<String> destroyedKeys, boolean dryRun) {
  /** Copy the list. */
  public KeyChange {
    destroyedKeys = List.copyOf(destroyedKeys);
  }
}
