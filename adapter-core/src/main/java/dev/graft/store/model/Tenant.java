package dev.graft.store.model;

import java.time.Instant;

/**
 * A customer.
 *
 * @param name its name
 * @param state whether it still is one
 * @param quota the most it may have
 * @param usedBytes bytes of its versions that are not deleted, each counted in full even where two
 *     share their blobs
 * @param usedVersions number of its versions that are not deleted
 * @param keyId the key that encrypts what it publishes; empty for none
 * @param signatures what is done about versions without a signature it trusts
 * @param author who created it
 * @param time when
 * @param note why
 */
public record Tenant(
    String name,
    TenantState state,
    Quota quota,
    long usedBytes,
    long usedVersions,
    String keyId,
    SignaturePolicy signatures,
    String author,
    Instant time,
    String note) {
  /** A customer that has nothing yet. */
  public static Tenant created(
      String name, Quota quota, String keyId, String author, Instant time, String note) {
    return new Tenant(
        name, TenantState.ACTIVE, quota, 0, 0, keyId, SignaturePolicy.OFF, author, time, note);
  }

  /** Whether what it publishes is encrypted. */
  public boolean isEncrypted() {
    return !keyId.isEmpty();
  }
}
